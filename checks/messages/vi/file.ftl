# Nội dung của nhóm file.

file-account-databases = Tệp tài khoản và mật khẩu được bảo vệ
    .why = Ai sửa được /etc/passwd thì tự cấp được quyền root; ai đọc được /etc/shadow thì mang chuỗi băm về để dò.
    .fix-debian = chown root:root /etc/passwd* /etc/group*; chmod 644 /etc/passwd* /etc/group*; chown root:shadow /etc/shadow* /etc/gshadow*; chmod 640 /etc/shadow* /etc/gshadow*
    .fix-rhel = chown root:root /etc/passwd* /etc/group* /etc/shadow* /etc/gshadow*; chmod 644 /etc/passwd* /etc/group*; chmod 000 /etc/shadow* /etc/gshadow*
    .confirm = stat -c "%a %U:%G %n" /etc/passwd* /etc/group* /etc/shadow* /etc/gshadow*
    .pass = Chỉ root sửa được tệp tài khoản, và người khác không đọc được chuỗi băm mật khẩu.
    .fail-changeable = Người khác ngoài root sửa được: { $files }.
    .fail-readable = Người khác đọc được chuỗi băm mật khẩu: { $files }.
    .unknown-none = Chưa đánh giá được: không có tệp /etc/shadow.

file-cron-permissions = Chỉ root sửa được các công việc chạy định kỳ của hệ thống
    .why = Công việc trong cron của hệ thống chạy với quyền root; ai sửa được là có quyền root.
    .fix = chown -R root:root /etc/crontab /etc/cron.d /etc/cron.hourly /etc/cron.daily /etc/cron.weekly /etc/cron.monthly; chmod -R go-w /etc/crontab /etc/cron.*; chmod 600 /etc/crontab; chmod 700 /etc/cron.d /etc/cron.hourly /etc/cron.daily /etc/cron.weekly /etc/cron.monthly; [ -e /etc/cron.allow ] || echo root > /etc/cron.allow; chmod 640 /etc/cron.allow
    .confirm = stat -c "%a %U:%G %n" /etc/crontab /etc/cron.* /etc/cron.*/*
    .pass = Chỉ root đọc và sửa được công việc định kỳ của hệ thống; có danh sách người được dùng cron.
    .partial-readable = Người khác không sửa được, nhưng đọc được: { $files }.
    .partial-anybody = Công việc của hệ thống được bảo vệ, nhưng không có /etc/cron.allow nên ai cũng đặt được công việc của mình.
    .fail = Người khác ngoài root sửa được: { $files }.
    .not-applicable = Máy không có cron: không thấy chương trình, tệp và thư mục của cron.

file-home-permissions = Thư mục cá nhân chỉ chủ sở hữu truy cập được
    .why = Thư mục cá nhân chứa khóa, lịch sử lệnh và dữ liệu công việc.
    .fix = Đối với từng thư mục trong danh sách: chown TÊN:TÊN /home/TÊN && chmod 750 /home/TÊN ; để thư mục tạo sau này cũng vậy, đặt HOME_MODE 0750 trong /etc/login.defs và DIR_MODE=0750 trong /etc/adduser.conf.
    .confirm = sudo stat -c "%a %U:%G %n" /root /home/*
    .pass = Thư mục cá nhân thuộc về đúng người và người khác không vào được.
    .fail-owner = Thư mục cá nhân không thuộc về đúng người: { $homes }.
    .fail-open = Người khác vào được thư mục cá nhân: { $homes }.
    .not-applicable = Không có tài khoản đăng nhập nào có thư mục cá nhân.

file-secret-files = Tệp chứa mật khẩu, khóa không để người khác đọc được
    .why = Một mật khẩu cơ sở dữ liệu hoặc khóa sao lưu để ngỏ biến tài khoản yếu nhất trên máy thành đường vào dữ liệu.
    .fix = chmod 600 TỆP đối với từng tệp trong danh sách (tệp của dịch vụ: chown root:NHÓM_DỊCH_VỤ TỆP && chmod 640 TỆP); sau đó đổi mật khẩu, khóa đã bị để ngỏ.
    .confirm = sudo stat -c "%a %U:%G %n" TỆP
    .pass = Các tệp chứa bí mật ở những nơi thường gặp đều không để người khác đọc được.
    .partial-shielded = Tệp để quyền mở, hiện chỉ nhờ thư mục chứa nó mà người khác chưa đọc được: { $files }.
    .partial-group = Nhóm khác đọc được tệp bí mật cá nhân: { $files }.
    .fail = Mọi tài khoản trên máy đọc được: { $files }.
    .not-applicable = Không có tệp chứa bí mật nào ở những nơi thường gặp.

file-tls-keys = Khóa riêng của chứng thư số được bảo vệ
    .why = Ai có khóa riêng thì giả mạo được cổng thông tin và giải mã được lưu lượng.
    .fix = chown root:root TỆP && chmod 600 TỆP (hoặc 640 với nhóm của dịch vụ) đối với từng khóa trong danh sách. Khóa mà mọi người đã đọc được thì phải thu hồi và cấp lại chứng thư số.
    .confirm = sudo stat -c "%a %U:%G %n" /etc/ssl/private/* /etc/pki/tls/private/* /etc/letsencrypt/archive/*/privkey*.pem; sudo grep -rlE "BEGIN .*PRIVATE KEY" /etc/nginx /etc/apache2 /etc/httpd /etc/haproxy /etc/postfix /etc/dovecot | xargs -r sudo stat -c "%a %U:%G %n"
    .pass = Khóa riêng ở những nơi thường gặp chỉ dịch vụ của nó đọc được.
    .partial-owner = Khóa riêng thuộc về tài khoản của cá nhân: { $files }.
    .partial-shielded = Khóa để quyền mở, hiện chỉ nhờ thư mục chứa nó mà người khác chưa đọc được: { $files }.
    .fail = Mọi tài khoản trên máy đọc được khóa riêng: { $files }.
    .partial-group = Người dùng trong nhóm đọc được các khóa này: { $files }.
    .fail-group = Người dùng trong nhóm thay được các khóa này: { $files }.
    .not-applicable = Không có khóa riêng nào ở những nơi thường gặp và máy không cung cấp dịch vụ TLS nào.
    .unknown-elsewhere = Chưa đánh giá được: máy có cung cấp dịch vụ TLS nhưng khóa riêng không nằm ở những nơi thường gặp.

file-tmp-mounts = Không chạy được chương trình từ thư mục tạm dùng chung
    .why = Mã độc thường được tải vào /tmp hoặc /dev/shm rồi chạy từ đó.
    .fix = Thêm vào /etc/fstab: tmpfs /tmp tmpfs defaults,nodev,nosuid,noexec,size=2G 0 0 ; tmpfs /dev/shm tmpfs defaults,nodev,nosuid,noexec 0 0 ; và một phân vùng riêng cho /var/tmp với cùng tùy chọn; rồi khởi động lại vào lúc đã lên kế hoạch. Thử trước trên máy có phần mềm cài đặt hoặc biên dịch qua /tmp vì noexec có thể làm phần mềm đó không chạy.
    .confirm = findmnt -no TARGET,OPTIONS /tmp; findmnt -no TARGET,OPTIONS /var/tmp; findmnt -no TARGET,OPTIONS /dev/shm; grep -nE "/tmp|/dev/shm" /etc/fstab
    .pass = /tmp, /var/tmp và /dev/shm đều được gắn với nodev, nosuid, noexec.
    .partial = Còn thiếu (dấu - là không gắn riêng): { $mounts }.
    .fail = Thư mục tạm chưa được bảo vệ, thiếu (dấu - là không gắn riêng): { $mounts }.

file-umask = Tệp mới tạo mặc định đóng với người khác
    .why = umask lỏng làm mọi tệp do quản trị viên tạo ra bị người khác đọc được ngay từ đầu.
    .fix = Đặt UMASK 027 trong /etc/login.defs, bảo đảm /etc/pam.d/common-session (RHEL: /etc/pam.d/postlogin) có dòng session optional pam_umask.so, và sửa các dòng umask được nêu trong /etc/profile, /etc/profile.d, /etc/bashrc thành umask 027.
    .confirm = grep -rnE "^[^#]*umask" /etc/login.defs /etc/profile /etc/profile.d /etc/bash.bashrc /etc/bashrc /etc/pam.d -i; bash -lc umask
    .pass = Mọi umask đều từ 027 trở lên.
    .partial-no-effect = /etc/login.defs đặt umask đúng nhưng không có gì áp dụng khi đăng nhập (thiếu pam_umask và umask trong shell).
    .fail = umask quá lỏng: { $masks }.
    .fail-none = Không đặt umask ở đâu cả.
    .unknown-unclear = Chưa đánh giá được: umask không ở dạng bát phân tại { $lines }.
