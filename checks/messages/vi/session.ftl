# Nội dung của nhóm session.

session-shell-timeout = Phiên shell không hoạt động tự kết thúc
    .why = Cửa sổ dòng lệnh bỏ ngỏ cho phép người khác làm việc dưới tên của người đã đăng nhập.
    .fix = Tạo /etc/profile.d/tmout.sh gồm hai dòng: readonly TMOUT=600 và export TMOUT ; thêm dòng . /etc/profile.d/tmout.sh vào /etc/bash.bashrc (RHEL: /etc/bashrc) nếu cần cho shell không phải login. Bỏ các chỗ khác đặt TMOUT.
    .confirm = grep -rn TMOUT /etc/profile /etc/profile.d /etc/bash.bashrc /etc/bashrc; bash -lc 'declare -p TMOUT'
    .pass = Phiên shell không hoạt động kết thúc sau { $seconds } giây và người dùng không bỏ được giới hạn này.
    .partial-not-firm = Có đặt TMOUT = { $seconds } giây nhưng thiếu readonly hoặc export nên người dùng bỏ được.
    .partial-conditional = TMOUT = { $seconds } giây chỉ được đặt theo điều kiện, không chắc áp dụng cho mọi người.
    .fail-none = Phiên shell không hoạt động không bao giờ kết thúc (không đặt TMOUT).
    .fail-long = Phiên shell không hoạt động kết thúc sau { $seconds } giây, quá giới hạn { $limit } giây.
