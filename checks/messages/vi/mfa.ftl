# Nội dung của nhóm mfa.

mfa-ssh = Không ai đăng nhập qua SSH chỉ với một yếu tố xác thực
    .why = Nếu một yếu tố là đủ thì mật khẩu bị đoán ra hoặc khóa bị sao chép sẽ mở được máy chủ. Yếu tố thứ hai mà có đường bỏ qua thì không bảo vệ được gì: kẻ tấn công sẽ đi đúng đường đó.
    .fix = Cài libpam-google-authenticator (hoặc pam_u2f), cho mọi người đăng ký, thêm “auth required pam_google_authenticator.so” (không có nullok) vào /etc/pam.d/sshd, và đặt trong /etc/ssh/sshd_config: “UsePAM yes”, “KbdInteractiveAuthentication yes”, “PasswordAuthentication no”, “AuthenticationMethods publickey,keyboard-interactive:pam”. Giữ nguyên một phiên đang mở, chạy sshd -t rồi systemctl reload ssh, và thử đăng nhập mới trước khi đóng phiên đó.
    .confirm = sudo sshd -T -C user=root,host=203.0.113.1,addr=203.0.113.1 | grep -E 'authenticationmethods|authentication |usepam'; grep -v '^#' /etc/pam.d/sshd /etc/pam.d/common-auth /etc/pam.d/password-auth
    .pass = Mọi đường đăng nhập đều yêu cầu hai yếu tố ({ $who }); đường yếu nhất là { $path }.
    .partial-same-kind = Đường đăng nhập yếu nhất yêu cầu khóa và mã dùng một lần, là hai yếu tố cùng loại (thứ đang giữ, không phải điều đã biết); { $who }: { $path }.
    .fail-bypass = Một số đường đăng nhập có yêu cầu yếu tố thứ hai, nhưng đường này thì không; { $who }: { $path }.
    .fail-optional = Đã cấu hình mô-đun xác thực yếu tố thứ hai nhưng có thể bỏ qua; { $who }: { $path }.
    .fail-none = Chỉ một yếu tố là đăng nhập được; { $who }: { $path }.
    .fail-conditional = Có yêu cầu yếu tố thứ hai, nhưng một điều kiện trong cấu hình PAM cho phép một số trường hợp bỏ qua; { $who }: { $path }.
    .fail-key = Chỉ một khóa là đăng nhập được; máy chủ không thể biết khóa đó có cụm mật khẩu bảo vệ hay không; { $who }: { $path }.
    .closed = Không ai trong nhóm này đăng nhập được qua đây: { $who }.
    .unknown-unseen = Chưa đánh giá được: đường đăng nhập này phụ thuộc vào mô-đun, máy chủ hoặc nơi cấp chứng thư mà từ đây không thấy yêu cầu của nó; { $who }: { $path }.
    .unknown-no-way = Chưa đánh giá được: không tìm thấy đường đăng nhập nào, kể cả cho quản trị viên.
    .unknown-match = Chưa đánh giá được: không thử được tác dụng của các điều kiện sau: { $blocks }.
    .not-applicable = Máy chủ này không có dịch vụ SSH.

mfa-sudo = Chuyển sang quyền root phải có yếu tố xác thực thứ hai
    .why = Kẻ chiếm được phiên làm việc thông thường chỉ cần thêm mật khẩu, thường là chính mật khẩu đó, để có quyền root.
    .fix = Thêm “auth required pam_google_authenticator.so” (không có nullok) hoặc “auth required pam_u2f.so” vào /etc/pam.d/sudo và /etc/pam.d/su, trước dòng gọi cấu hình chung; bỏ NOPASSWD và !authenticate khỏi quy tắc sudo (visudo); khóa mật khẩu root (passwd -l root). Giữ một phiên root đang mở trong khi thử.
    .confirm = grep -v '^#' /etc/pam.d/sudo /etc/pam.d/su /etc/pam.d/common-auth /etc/pam.d/system-auth; sudo grep -rE 'NOPASSWD|!authenticate' /etc/sudoers /etc/sudoers.d
    .pass = Mọi đường chuyển sang root đều yêu cầu hai yếu tố; đường yếu nhất là { $path }.
    .partial-same-kind = Đường yếu nhất để chuyển sang root yêu cầu hai yếu tố cùng loại: { $path }.
    .fail-nopasswd = Các quy tắc sudo sau không hỏi gì cả: { $rules }.
    .fail-bypass = Một số đường có yêu cầu yếu tố thứ hai, nhưng đường này thì không: { $path }.
    .fail-optional = Đã cấu hình mô-đun xác thực yếu tố thứ hai nhưng có thể bỏ qua: { $path }.
    .fail-none = Chỉ một yếu tố là chuyển sang root được: { $path }.
    .unknown-unseen = Chưa đánh giá được: phụ thuộc vào mô-đun hoặc máy chủ khác mà từ đây không thấy yêu cầu của nó: { $path }.
    .unknown-no-way = Chưa đánh giá được: cấu hình PAM không cho ai đi qua.
    .not-applicable = Máy chủ không có sudo và mật khẩu root đã bị khóa.

mfa-console = Đăng nhập tại bàn điều khiển phải có yếu tố xác thực thứ hai
    .why = Bàn điều khiển (console) của máy ảo thường chỉ cách người quản trị nền tảng ảo hóa một lần bấm chuột; khi đó chỉ còn mật khẩu bảo vệ máy chủ.
    .fix = Thêm “auth required pam_google_authenticator.so” (không có nullok) hoặc “auth required pam_u2f.so” vào /etc/pam.d/login (và vào cấu hình đăng nhập đồ họa nếu có). Giữ một phiên root đang mở trong khi thử.
    .confirm = grep -v '^#' /etc/pam.d/login /etc/pam.d/common-auth /etc/pam.d/system-auth
    .pass = Mọi đường đăng nhập tại chỗ đều yêu cầu hai yếu tố; đường yếu nhất là { $path }.
    .partial-same-kind = Đường đăng nhập tại chỗ yếu nhất yêu cầu hai yếu tố cùng loại: { $path }.
    .fail-bypass = Một số đường có yêu cầu yếu tố thứ hai, nhưng đường này thì không: { $path }.
    .fail-optional = Đã cấu hình mô-đun xác thực yếu tố thứ hai nhưng có thể bỏ qua: { $path }.
    .fail-none = Chỉ một yếu tố là đăng nhập tại chỗ được: { $path }.
    .unknown-unseen = Chưa đánh giá được: phụ thuộc vào mô-đun hoặc máy chủ khác mà từ đây không thấy yêu cầu của nó: { $path }.
    .unknown-no-way = Chưa đánh giá được: cấu hình PAM không cho ai đi qua.
    .not-applicable = Máy chủ này không có chương trình đăng nhập tại chỗ và không có đăng nhập đồ họa.

mfa-web-admin = Trang quản trị qua web phải có yếu tố xác thực thứ hai
    .why = Trang quản trị qua web là quyền root trong trình duyệt; chỉ có mật khẩu thì dễ bị đoán, bị dùng lại hoặc bị lừa lấy.
    .fix = Cockpit: thêm “auth required pam_google_authenticator.so” (không có nullok) vào /etc/pam.d/cockpit. Webmin: bật xác thực hai yếu tố trong phần cấu hình Webmin và đăng ký cho mọi người dùng. phpMyAdmin và các trang khác: đặt sau VPN có hai yếu tố, hoặc gỡ bỏ.
    .confirm = grep -v '^#' /etc/pam.d/cockpit; grep twofactor /etc/webmin/miniserv.conf; ls -d /etc/phpmyadmin
    .pass = Mọi đường đăng nhập đều yêu cầu hai yếu tố; đường yếu nhất là { $path }.
    .pass-webmin = Webmin yêu cầu yếu tố thứ hai với cả { $users } người dùng.
    .partial-same-kind = Đường đăng nhập yếu nhất yêu cầu hai yếu tố cùng loại: { $path }.
    .fail-bypass = Một số đường có yêu cầu yếu tố thứ hai, nhưng đường này thì không: { $path }.
    .fail-optional = Đã cấu hình mô-đun xác thực yếu tố thứ hai nhưng có thể bỏ qua: { $path }.
    .fail-none = Chỉ một yếu tố là đăng nhập được: { $path }.
    .fail-webmin-off = Webmin chưa cấu hình yếu tố xác thực thứ hai.
    .fail-webmin-users = Các người dùng Webmin sau chưa có yếu tố thứ hai: { $accounts }.
    .unknown-kind = Chưa đánh giá được: capdo không thấy được trang quản trị này có luôn nằm sau yếu tố xác thực thứ hai hay không.
    .unknown-unseen = Chưa đánh giá được: phụ thuộc vào mô-đun hoặc máy chủ khác mà từ đây không thấy yêu cầu của nó: { $path }.
    .unknown-no-way = Chưa đánh giá được: không tìm thấy đường đăng nhập nào.
    .not-applicable = Không tìm thấy trang quản trị qua web trên máy chủ này.

mfa-enrolment = Mọi người đăng nhập được đều đã đăng ký yếu tố thứ hai, và người khác không đọc được khóa bí mật
    .why = Người chưa đăng ký sẽ vào được chỉ với mật khẩu hoặc không vào được; khóa bí mật mà người khác đọc được thì không còn bí mật.
    .fix = Yêu cầu từng người trong danh sách chạy google-authenticator (hoặc pamu2fcfg) một lần; đặt quyền tệp: chmod 600 ~/.google_authenticator
    .confirm = ls -l /home/*/.google_authenticator /home/*/.config/Yubico/u2f_keys
    .pass = Cả { $people } người đăng nhập được đều đã đăng ký.
    .partial = Các tài khoản sau chưa đăng ký: { $accounts }.
    .fail = Chưa có ai đăng ký: { $accounts }.
    .fail-readable = Người khác đọc được các tệp khóa bí mật sau: { $files }.
    .unknown-central = Chưa đánh giá được: các mô-đun sau lưu khóa bí mật ở nơi khác: { $modules }.
    .unknown-nobody = Chưa đánh giá được: không tìm thấy tài khoản nào đăng nhập được.
    .not-applicable = Không cấu hình mô-đun xác thực yếu tố thứ hai nào lưu khóa bí mật trên máy chủ này.

mfa-vpn = Máy chủ VPN yêu cầu hai yếu tố xác thực
    .why = VPN là cửa từ Internet vào mạng của cơ quan. Nếu một yếu tố là đủ thì chứng thư hoặc khóa trên máy tính bị mất sẽ mở được cửa đó.
    .fix = OpenVPN: giữ “verify-client-cert require” (mặc định) và thêm “plugin openvpn-plugin-auth-pam.so openvpn” với chuỗi PAM hỏi mật khẩu và mã dùng một lần; bỏ auth-user-pass-optional. WireGuard không có yếu tố thứ hai: cấp khóa qua cổng có yêu cầu yếu tố thứ hai, hoặc dùng OpenVPN.
    .confirm = grep -E 'verify-client-cert|plugin|auth-user-pass' /etc/openvpn/*.conf /etc/openvpn/server/*.conf; ls /etc/wireguard
    .pass = Máy chủ yêu cầu hai yếu tố: { $path }.
    .partial-same-kind = Máy chủ yêu cầu hai yếu tố cùng loại: { $path }.
    .fail-bypass = Có đường bỏ qua yếu tố thứ hai: { $path }.
    .fail-optional = Yếu tố thứ hai có thể bỏ qua: { $path }.
    .fail-none = Chỉ một yếu tố là vào được: { $path }.
    .unknown-kind = Chưa đánh giá được: capdo không đọc quy tắc của máy chủ VPN này.
    .unknown-unseen = Chưa đánh giá được: phụ thuộc vào tập lệnh hoặc máy chủ khác mà từ đây không thấy yêu cầu của nó: { $path }.
    .unknown-no-way = Chưa đánh giá được: không tìm thấy đường vào nào.
    .not-applicable = Máy chủ này không cấu hình dịch vụ VPN.
