# Nội dung của nhóm account.

account-uid-zero = Chỉ tài khoản root có mã người dùng (UID) bằng 0
    .why = Tài khoản có UID 0 chính là root dưới tên khác: được làm mọi việc, và nhật ký không phân biệt được hai tài khoản.
    .fix = Cấp UID riêng cho từng tài khoản trong danh sách (usermod -u UID_MỚI TÊN) hoặc xóa tài khoản đó (userdel TÊN). Nếu cần quyền quản trị thì cấp qua sudo.
    .confirm = awk -F: '$3 == 0 {"{"} print $1 {"}"}' /etc/passwd
    .pass = Chỉ có root mang UID 0.
    .fail = Ngoài root, các tài khoản sau cũng có UID 0: { $accounts }.
    .unknown-none = Chưa đánh giá được: /etc/passwd không có tài khoản nào mang UID 0, kể cả root.

account-empty-password = Không có tài khoản nào để mật khẩu rỗng
    .why = Tài khoản có mật khẩu rỗng thì ai biết tên cũng đăng nhập được.
    .fix = Đặt mật khẩu (passwd TÊN) hoặc khóa tài khoản (passwd -l TÊN) đối với từng tài khoản trong danh sách; trường thứ hai trong /etc/passwd phải là x (chạy pwconv).
    .confirm = sudo awk -F: '$2 == ""' /etc/shadow /etc/passwd
    .pass = Không có tài khoản nào để mật khẩu rỗng.
    .partial = Các tài khoản sau có mật khẩu rỗng, dù không có shell đăng nhập: { $accounts }.
    .fail = Các tài khoản sau đăng nhập được mà không cần mật khẩu: { $accounts }.
    .unknown-none = Chưa đánh giá được: /etc/passwd không có tài khoản nào.

account-idle = Tài khoản không sử dụng đã bị vô hiệu hóa
    .why = Tài khoản bỏ quên, của người đã chuyển công tác chẳng hạn, là cửa vào mà không ai để ý.
    .fix = Đối với từng tài khoản trong danh sách: khóa và cho hết hạn (usermod -L -e 1 TÊN), chuyển ~/.ssh/authorized_keys đi nơi khác; xóa hẳn (userdel TÊN) nếu chắc chắn không cần. Tài khoản tự động hóa thì khai báo trong mục automation_accounts.
    .confirm = lastlog; last -w -F; sudo chage -l NAME
    .pass = Mọi tài khoản đăng nhập được đều đã được dùng trong vòng { $days } ngày.
    .partial-automation = Các tài khoản khác đều được dùng trong vòng { $days } ngày; tài khoản tự động hóa sau không thể hiện trong nhật ký đăng nhập: { $accounts }.
    .fail = Các tài khoản sau không được dùng quá { $days } ngày mà vẫn đăng nhập được: { $accounts }.
    .unknown-no-source = Chưa đánh giá được: máy không có nhật ký đăng nhập đọc được (/var/log/lastlog, /var/log/wtmp).
    .unknown-no-login = Chưa đánh giá được: chưa có lần đăng nhập nào được ghi lại, nên không biết máy có ghi lại việc đăng nhập hay không.
    .unknown-stale = Chưa đánh giá được: nhật ký đăng nhập không ghi nhận ai trong thời hạn quy định, có thể không còn được ghi.
    .unknown-future = Chưa đánh giá được: nhật ký ghi lần đăng nhập ở tương lai của { $accounts } (kiểm tra đồng hồ máy).
    .unknown-short = Chưa đánh giá được: nhật ký đăng nhập chưa đủ { $days } ngày để kết luận về { $accounts }.

account-password-hash = Mật khẩu được lưu bằng hàm băm mạnh
    .why = Nếu tệp mật khẩu bị lấy mất, hàm băm yếu cho phép dò ra mật khẩu trong vài giờ.
    .fix = Đặt ENCRYPT_METHOD YESCRYPT (hoặc SHA512) trong /etc/login.defs, rồi yêu cầu từng tài khoản trong danh sách đổi mật khẩu (chage -d 0 TÊN); mật khẩu cũ chỉ được băm lại khi đổi.
    .confirm = sudo awk -F: '$2 ~ /^[$]/ {"{"} split($2, p, "$"); print $1, p[2] {"}"}' /etc/shadow; grep ENCRYPT_METHOD /etc/login.defs
    .pass = Mọi mật khẩu đều được lưu bằng hàm băm mạnh.
    .partial = Các tài khoản sau dùng hàm băm kém bền: { $accounts }.
    .partial-next = Mật khẩu hiện có dùng hàm băm mạnh, nhưng /etc/login.defs đặt phương pháp yếu cho lần đổi sau: { $method }.
    .fail = Các tài khoản sau dùng hàm băm đã bị phá vỡ hoặc không rõ loại: { $accounts }.
    .not-applicable = Không có mật khẩu nào được lưu trên máy này.
    .unknown-unshadowed = Chưa đánh giá được: có mật khẩu nằm trong /etc/passwd (xem account.shadowed).

account-shadowed = Mật khẩu nằm trong /etc/shadow, không nằm trong /etc/passwd
    .why = Mọi người dùng đều đọc được /etc/passwd; chuỗi băm để ở đó sẽ bị lấy về để dò.
    .fix = Chạy pwconv, rồi yêu cầu các tài khoản trong danh sách đổi mật khẩu (chage -d 0 TÊN). Xóa các dòng bắt đầu bằng dấu + nếu không còn dùng NIS.
    .confirm = awk -F: '$2 != "x" {"{"} print NR, $1 {"}"}' /etc/passwd
    .pass = Không có mật khẩu nào nằm trong /etc/passwd.
    .fail = Mật khẩu của các tài khoản sau nằm trong /etc/passwd: { $accounts }.
    .unknown-lines = Chưa đánh giá được: các dòng sau của /etc/passwd không phải là tài khoản (có thể của NIS): { $lines }.
    .unknown-none = Chưa đánh giá được: /etc/passwd không có tài khoản nào.

account-system-shells = Không đăng nhập được bằng tài khoản hệ thống
    .why = Tài khoản của dịch vụ không thuộc về người nào; đăng nhập bằng tài khoản đó thì không truy được trách nhiệm.
    .fix = usermod -s /usr/sbin/nologin TÊN và passwd -l TÊN đối với từng tài khoản trong danh sách; xóa tệp khóa SSH của tài khoản đó.
    .confirm = awk -F: '$3 > 0 && $3 < 1000 && $7 !~ /(nologin|false|sync|shutdown|halt)$/' /etc/passwd; sudo passwd -S NAME
    .pass = Không có tài khoản hệ thống nào đăng nhập được.
    .fail = Các tài khoản hệ thống sau đăng nhập được: { $accounts }.
    .unknown-none = Chưa đánh giá được: /etc/passwd không có tài khoản nào.

account-unique-ids = Không có tài khoản hoặc nhóm nào trùng tên, trùng mã số
    .why = Hai tài khoản trùng mã số có chung quyền, và nhật ký không phân biệt được việc của ai.
    .fix = Cấp mã số riêng: usermod -u UID_MỚI TÊN, groupmod -g GID_MỚI NHÓM; sau đó sửa chủ sở hữu các tệp cũ (find / -xdev -uid UID_CŨ).
    .confirm = cut -d: -f3 /etc/passwd | sort | uniq -d; cut -d: -f1 /etc/passwd | sort | uniq -d; cut -d: -f3 /etc/group | sort | uniq -d; cut -d: -f1 /etc/group | sort | uniq -d
    .pass = Mỗi tài khoản và mỗi nhóm có tên và mã số riêng.
    .fail = Bị trùng: { $shared }.
    .unknown-none = Chưa đánh giá được: /etc/passwd không có tài khoản nào.
