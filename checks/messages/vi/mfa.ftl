# Nội dung của nhóm mfa.

mfa-ssh = Không ai đăng nhập qua SSH chỉ với một yếu tố xác thực
    .why = Nếu một yếu tố là đủ thì mật khẩu bị đoán ra hoặc khóa bị sao chép sẽ mở được máy chủ. Yếu tố thứ hai mà có đường bỏ qua thì không bảo vệ được gì: kẻ tấn công sẽ đi đúng đường đó.
    .fix = Cài libpam-google-authenticator (hoặc pam_u2f), cho mọi người đăng ký, thêm “auth required pam_google_authenticator.so” (không có nullok) vào /etc/pam.d/sshd, và đặt trong /etc/ssh/sshd_config: “UsePAM yes”, “KbdInteractiveAuthentication yes”, “PasswordAuthentication no”, “AuthenticationMethods publickey,keyboard-interactive:pam”. Giữ nguyên một phiên đang mở, chạy sshd -t rồi systemctl reload ssh, và thử đăng nhập mới trước khi đóng phiên đó.
    .confirm = sshd -T -C user=root,host=203.0.113.1,addr=203.0.113.1 | grep -E 'authenticationmethods|authentication |usepam'; grep -v '^#' /etc/pam.d/sshd
    .pass = Mọi đường đăng nhập đều yêu cầu hai yếu tố; đường yếu nhất là { $path }.
    .partial-same-kind = Đường đăng nhập yếu nhất yêu cầu khóa và mã dùng một lần, là hai yếu tố cùng loại (thứ đang giữ, không phải điều đã biết): { $path }.
    .fail-bypass = Một số đường đăng nhập có yêu cầu yếu tố thứ hai, nhưng đường này thì không: { $path }.
    .fail-optional = Đã cấu hình mô-đun xác thực yếu tố thứ hai nhưng có thể bỏ qua: { $path }.
    .fail-none = Chỉ một yếu tố là đăng nhập được: { $path }.
    .unknown-unseen = Chưa đánh giá được: đường đăng nhập này phụ thuộc vào mô-đun hoặc máy chủ khác mà từ đây không thấy yêu cầu của nó: { $path }.
    .unknown-no-way = Chưa đánh giá được: không tìm thấy đường đăng nhập nào, kể cả cho quản trị viên.
    .unknown-match = Chưa đánh giá được: không thử được tác dụng của các khối Match sau: { $blocks }.
    .not-applicable = Máy chủ này không có dịch vụ SSH.

mfa-sudo = Chuyển sang quyền root phải có yếu tố xác thực thứ hai
    .why = Kẻ chiếm được phiên làm việc thông thường chỉ cần thêm mật khẩu, thường là chính mật khẩu đó, để có quyền root.
    .fix = Thêm “auth required pam_google_authenticator.so” (không có nullok) hoặc “auth required pam_u2f.so” vào /etc/pam.d/sudo và /etc/pam.d/su, trước dòng gọi cấu hình chung; bỏ NOPASSWD và !authenticate khỏi quy tắc sudo (visudo); khóa mật khẩu root (passwd -l root). Giữ một phiên root đang mở trong khi thử.
    .confirm = grep -v '^#' /etc/pam.d/sudo /etc/pam.d/su; grep -rE 'NOPASSWD|!authenticate' /etc/sudoers /etc/sudoers.d
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
    .confirm = grep -v '^#' /etc/pam.d/login
    .pass = Mọi đường đăng nhập tại chỗ đều yêu cầu hai yếu tố; đường yếu nhất là { $path }.
    .partial-same-kind = Đường đăng nhập tại chỗ yếu nhất yêu cầu hai yếu tố cùng loại: { $path }.
    .fail-bypass = Một số đường có yêu cầu yếu tố thứ hai, nhưng đường này thì không: { $path }.
    .fail-optional = Đã cấu hình mô-đun xác thực yếu tố thứ hai nhưng có thể bỏ qua: { $path }.
    .fail-none = Chỉ một yếu tố là đăng nhập tại chỗ được: { $path }.
    .unknown-unseen = Chưa đánh giá được: phụ thuộc vào mô-đun hoặc máy chủ khác mà từ đây không thấy yêu cầu của nó: { $path }.
    .unknown-no-way = Chưa đánh giá được: cấu hình PAM không cho ai đi qua.
    .not-applicable = Máy chủ này không có chương trình đăng nhập tại chỗ và không có đăng nhập đồ họa.
