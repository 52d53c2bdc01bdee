# Nội dung của nhóm sudo.

sudo-admins-named = Mỗi quyền quản trị gắn với một người cụ thể
    .why = Khi nhiều người dùng chung một tài khoản quản trị thì không xác định được ai đã làm gì.
    .fix = Tạo cho mỗi quản trị viên một tài khoản riêng (adduser TÊN; usermod -aG sudo TÊN, trên RHEL là wheel), rồi bỏ các tài khoản trong danh sách ra khỏi nhóm (gpasswd -d TÊN sudo) và khỏi /etc/sudoers (dùng visudo). Tài khoản tự động hóa thì khai báo trong mục automation_accounts.
    .confirm = getent group sudo wheel admin; sudo grep -rvE "^(#|Defaults|$)" /etc/sudoers /etc/sudoers.d
    .pass = Các quản trị viên đều có tài khoản riêng: { $accounts }.
    .partial-automation = Ngoài tài khoản của từng người còn có tài khoản tự động hóa có toàn quyền: { $accounts }.
    .fail = Quyền quản trị thuộc về tài khoản không gắn với một người: { $accounts }.
    .unknown-none = Chưa đánh giá được: ngoài root không thấy tài khoản quản trị nào; có thể mọi người dùng chung root hoặc tài khoản lấy từ hệ thống thư mục.
    .not-applicable = Máy không có sudo: không thấy chương trình sudo và tệp /etc/sudoers.

sudo-no-passwordless = sudo luôn yêu cầu mật khẩu
    .why = Với NOPASSWD, ai chiếm được phiên của một người dùng là có ngay quyền root.
    .fix = Dùng visudo (hoặc visudo -f /etc/sudoers.d/TỆP) bỏ NOPASSWD và !authenticate ở các dòng được nêu; bảo đảm tài khoản có mật khẩu trước khi bỏ. Tài khoản tự động hóa thì giới hạn lệnh và khai báo trong mục automation_accounts.
    .confirm = sudo grep -rnE 'NOPASSWD|authenticate|timestamp_timeout' /etc/sudoers /etc/sudoers.d
    .pass = sudo luôn yêu cầu mật khẩu.
    .partial-automation = Chỉ các tài khoản tự động hóa đã khai báo dùng sudo không cần mật khẩu: { $users }.
    .partial-remembered = sudo chỉ hỏi mật khẩu một lần rồi không hỏi lại cho đến khi khởi động lại máy (timestamp_timeout âm): { $settings }.
    .fail = sudo không yêu cầu mật khẩu đối với: { $users }.
    .fail-off = sudo không yêu cầu mật khẩu đối với bất kỳ ai (Defaults !authenticate).
    .not-applicable = Máy không có sudo: không thấy chương trình sudo và tệp /etc/sudoers.

sudo-pty-and-log = sudo chạy lệnh trong terminal riêng và ghi nhật ký
    .why = Không có nhật ký thì không biết ai đã dùng quyền root; không có terminal riêng thì chương trình độc hại chạy qua sudo có thể gõ lệnh vào phiên của người quản trị.
    .fix = Dùng visudo -f /etc/sudoers.d/00-capdo ghi: Defaults use_pty và Defaults logfile=/var/log/sudo.log ; bỏ các dòng có !syslog, !use_pty, !log_allowed.
    .confirm = sudo grep -rnE 'use_pty|logfile|syslog|log_allowed' /etc/sudoers /etc/sudoers.d; sudo -V | head -1
    .pass = sudo chạy lệnh trong terminal riêng và ghi nhật ký.
    .partial-no-pty = sudo có ghi nhật ký nhưng không chạy lệnh trong terminal riêng (use_pty).
    .partial-exceptions = sudo được đặt đúng, trừ các ngoại lệ: { $lines }.
    .fail-no-log = sudo không ghi nhật ký sử dụng.
    .not-applicable = Máy không có sudo: không thấy chương trình sudo và tệp /etc/sudoers.

sudo-su-restricted = Chỉ nhóm được phép mới dùng được su
    .why = Nếu ai cũng chạy được su, mọi tài khoản bị chiếm đều dò được mật khẩu root và trở thành root mà không qua sudo.
    .fix = groupadd sugroup; thêm vào /etc/pam.d/su, ngay sau dòng pam_rootok.so: auth required pam_wheel.so use_uid group=sugroup . Không thêm ai vào nhóm này nếu đã dùng sudo.
    .confirm = grep -n pam_wheel /etc/pam.d/su; stat -c "%a %n" /usr/bin/su; getent group sugroup wheel
    .pass = Chỉ thành viên nhóm { $group } dùng được su (thành viên hiện có: { $members }).
    .pass-no-setuid = Chương trình su không có bit setuid nên chỉ root dùng được.
    .partial-login-name = su bị giới hạn cho nhóm { $group } (thành viên: { $members }), nhưng thiếu use_uid nên xét theo tên đăng nhập ban đầu.
    .fail = Mọi tài khoản đều dùng được su.
    .not-applicable = Máy không có chương trình su.
