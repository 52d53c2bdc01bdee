# Nội dung của nhóm tls.

tls-certificate-trust = Chứng thư được tin cậy và đúng tên
    .why = Người dùng quen bỏ qua cảnh báo chứng thư thì không nhận ra kẻ giả mạo đứng giữa.
    .fix = Xin chứng thư từ tổ chức được tin cậy cho đúng tên miền, cài đủ chứng thư trung gian theo thứ tự (tệp fullchain), rồi khai báo tên trong endpoints.
    .confirm = openssl s_client -connect 127.0.0.1:443 -servername TÊN -showcerts </dev/null | openssl x509 -noout -text
    .pass = Chuỗi chứng thư đầy đủ, được tin cậy và đúng tên đã khai báo.
    .partial-unnamed = Chuỗi chứng thư được tin cậy, nhưng chưa khai báo tên nên không đối chiếu được.
    .partial-order = Chuỗi được tin cậy và đúng tên, nhưng các chứng thư gửi sai thứ tự.
    .fail-self-signed = Chứng thư tự ký.
    .fail-untrusted = Máy chủ không tin chuỗi chứng thư này ({ $problem }); thường do thiếu chứng thư trung gian.
    .fail-name = Chứng thư không mang tên đã khai báo, chỉ có: { $names }.
    .not-applicable = Máy chủ không có địa chỉ nào dùng TLS được khai báo hoặc phát hiện.
    .not-applicable-other = Cổng này không dùng TLS.
    .fail-no-tls = Địa chỉ được khai báo là TLS nhưng trả lời không phải TLS.

tls-certificate-validity = Chứng thư còn hạn
    .why = Chứng thư hết hạn làm dịch vụ ngừng hoạt động hoặc khiến người dùng quen bỏ qua cảnh báo.
    .fix = Gia hạn chứng thư và nạp lại dịch vụ (ví dụ: certbot renew && systemctl reload nginx); đặt lịch tự gia hạn.
    .confirm = openssl s_client -connect 127.0.0.1:443 -servername TÊN </dev/null | openssl x509 -noout -dates
    .pass = Chứng thư còn hạn đến { $date }.
    .partial-soon = Chứng thư sắp hết hạn: { $date }.
    .fail = Chứng thư đã hết hạn từ { $date }.
    .fail-not-yet = Chứng thư chỉ có hiệu lực từ { $date }.
    .fail-chain = Một chứng thư trung gian trong chuỗi đã hết hạn.
    .not-applicable = Máy chủ không có địa chỉ nào dùng TLS được khai báo hoặc phát hiện.
    .not-applicable-other = Cổng này không dùng TLS.
    .fail-no-tls = Địa chỉ được khai báo là TLS nhưng trả lời không phải TLS.

tls-key-strength = Khóa và chữ ký của chứng thư đủ mạnh
    .why = Khóa ngắn hoặc chữ ký SHA-1, MD5 cho phép làm giả chứng thư.
    .fix = Tạo khóa mới (openssl genpkey -algorithm EC -pkeyopt ec_paramgen_curve:P-256, hoặc RSA từ 3072 bit) và xin chứng thư mới ký bằng SHA-256.
    .confirm = openssl s_client -connect 127.0.0.1:443 -servername TÊN -showcerts </dev/null | openssl x509 -noout -text
    .pass = Khóa { $key } { $bits } bit, chữ ký đủ mạnh.
    .fail-key = Khóa trong chuỗi chứng thư quá yếu (khóa của chứng thư máy chủ: { $key } { $bits } bit).
    .fail-hash = Chuỗi chứng thư dùng hàm băm đã bị phá: { $hashes }.
    .unknown-algorithm = Chưa đánh giá được: khóa hoặc chữ ký dùng thuật toán không nhận biết được.
    .not-applicable = Máy chủ không có địa chỉ nào dùng TLS được khai báo hoặc phát hiện.
    .not-applicable-other = Cổng này không dùng TLS.
    .fail-no-tls = Địa chỉ được khai báo là TLS nhưng trả lời không phải TLS.

tls-versions = Chỉ dùng phiên bản TLS an toàn
    .why = SSL 3.0, TLS 1.0 và 1.1 có điểm yếu đã công bố; kẻ đứng giữa đọc được dữ liệu truyền.
    .fix = nginx: ssl_protocols TLSv1.2 TLSv1.3; Apache: SSLProtocol -all +TLSv1.2 +TLSv1.3; Postfix: smtpd_tls_protocols = >=TLSv1.2; Dovecot: ssl_min_protocol = TLSv1.2; rồi nạp lại dịch vụ.
    .confirm = openssl s_client -connect 127.0.0.1:443 -tls1_1 -cipher ALL:@SECLEVEL=0 </dev/null
    .pass = Chỉ chấp nhận các phiên bản TLS an toàn.
    .fail = Còn chấp nhận phiên bản cũ: { $versions }.
    .unknown-unclear = Chưa đánh giá được: không rõ máy chủ có chấp nhận { $versions } hay không.
    .unknown-none = Chưa đánh giá được: máy chủ từ chối mọi phiên bản TLS được hỏi.
    .not-applicable = Máy chủ không có địa chỉ nào dùng TLS được khai báo hoặc phát hiện.
    .not-applicable-other = Cổng này không dùng TLS.
    .fail-no-tls = Địa chỉ được khai báo là TLS nhưng trả lời không phải TLS.

tls-weak-suites = Không dùng bộ mã yếu
    .why = Bộ mã không mã hóa, không xác thực, EXPORT, RC4 hay 3DES cho phép đọc hoặc sửa dữ liệu truyền.
    .fix = nginx: ssl_ciphers ECDHE+AESGCM:ECDHE+CHACHA20; Apache: SSLCipherSuite ECDHE+AESGCM:ECDHE+CHACHA20; Postfix: smtpd_tls_mandatory_ciphers = high; rồi nạp lại dịch vụ. RHEL: update-crypto-policies --set DEFAULT.
    .confirm = openssl s_client -connect 127.0.0.1:443 -tls1_2 -cipher NULL:aNULL:RC4:3DES:@SECLEVEL=0 </dev/null
    .pass = Máy chủ từ chối mọi nhóm bộ mã yếu.
    .pass-tls13 = Máy chủ chỉ dùng TLS 1.3, vốn không có bộ mã yếu.
    .partial-rsa = Không có bộ mã yếu, nhưng còn trao đổi khóa RSA: lộ khóa riêng thì giải mã được cả dữ liệu cũ.
    .fail = Máy chủ chấp nhận bộ mã yếu: { $classes }.
    .unknown-unclear = Chưa đánh giá được: không rõ máy chủ có chấp nhận { $classes } hay không.
    .not-applicable = Máy chủ không có địa chỉ nào dùng TLS được khai báo hoặc phát hiện.
    .not-applicable-other = Cổng này không dùng TLS.
    .fail-no-tls = Địa chỉ được khai báo là TLS nhưng trả lời không phải TLS.
