# Nội dung của nhóm tls.

tls-certificate-trust = Chứng thư được tin cậy và đúng tên
    .why = Người dùng quen bỏ qua cảnh báo chứng thư thì không nhận ra kẻ giả mạo đứng giữa.
    .fix = Xin chứng thư từ tổ chức được tin cậy cho đúng tên miền, cài đủ chứng thư trung gian theo thứ tự (tệp fullchain), rồi khai báo tên trong endpoints.
    .confirm = openssl s_client -connect 127.0.0.1:443 -servername TÊN -showcerts </dev/null | openssl x509 -noout -text
    .pass = Chuỗi chứng thư đầy đủ, được tin cậy và đúng tên đã khai báo.
    .pass-agency = Chuỗi đầy đủ, đúng tên và dẫn đến nơi cấp do cơ quan khai báo: { $anchor }.
    .partial-system = Chuỗi đầy đủ và đúng tên, nhưng chỉ kho của chính máy chủ này biết chứng thư gốc, mà người quản trị máy chủ có thể tự thêm vào kho: { $anchor }. Nếu đó là nơi cấp của cơ quan, hãy khai báo trong trusted_cas.
    .partial-self-signed = Chứng thư tự ký, đã được khai báo là tin cậy; không thể thu hồi.
    .partial-unnamed = Chuỗi chứng thư được tin cậy, nhưng chưa khai báo tên nên không đối chiếu được.
    .partial-order = Chuỗi được tin cậy và đúng tên, nhưng các chứng thư gửi sai thứ tự.
    .fail-self-signed = Chứng thư tự ký.
    .fail-incomplete = Thiếu chứng thư trung gian, hoặc nơi cấp không được tin cậy ở đây: { $issuer }.
    .unknown-government = Chưa đánh giá được: chứng thư ghi nơi cấp là { $issuer }, thuộc Nhà nước. Chứng thư gốc của nơi này chưa được tin cậy ở đây; hãy khai báo tệp trong trusted_cas.
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
    .partial-long = Chứng thư của tổ chức chứng thực công cộng có thời hạn dài hơn { $limit } ngày, mức trình duyệt cho phép vào ngày cấp (CA/Browser Forum, SC-081).
    .fail = Chứng thư đã hết hạn từ { $date }.
    .fail-not-yet = Chứng thư chỉ có hiệu lực từ { $date }.
    .fail-other = Chứng thư mà máy chủ gửi cho máy khách khác (loại khóa khác) đã hết hạn.
    .fail-chain = Một chứng thư trung gian trong chuỗi đã hết hạn.
    .not-applicable = Máy chủ không có địa chỉ nào dùng TLS được khai báo hoặc phát hiện.
    .not-applicable-other = Cổng này không dùng TLS.
    .fail-no-tls = Địa chỉ được khai báo là TLS nhưng trả lời không phải TLS.

tls-key-strength = Khóa và chữ ký của chứng thư đủ mạnh
    .why = Khóa ngắn hoặc chữ ký SHA-1, MD5 cho phép làm giả chứng thư.
    .fix = Tạo khóa mới (openssl genpkey -algorithm EC -pkeyopt ec_paramgen_curve:P-256, hoặc RSA từ 3072 bit) và xin chứng thư mới ký bằng SHA-256.
    .confirm = openssl s_client -connect 127.0.0.1:443 -servername TÊN -showcerts </dev/null | openssl x509 -noout -text
    .pass = Khóa { $key } { $bits } bit, chữ ký đủ mạnh.
    .fail-key = Một khóa của máy chủ hoặc trong chuỗi chứng thư quá yếu: { $key } { $bits } bit.
    .fail-roca = Có khóa RSA do chip lỗi tạo ra, có thể bị phân tích (ROCA, CVE-2017-15361).
    .fail-published = Khóa riêng đã bị công khai: khóa này nằm trong một gói phần mềm mà ai cũng tải được.
    .fail-factored = Một khóa RSA có thể bị phân tích: hai số nguyên tố quá gần nhau hoặc quá nhỏ.
    .partial-exponent = Khóa RSA có số mũ công khai nhỏ hơn 65537, phần mềm cũ kiểm tra chữ ký loại này không chặt.
    .fail-exponent = Có khóa RSA với số mũ công khai không bảo vệ được gì.
    .fail-hash = Chuỗi chứng thư dùng hàm băm đã bị phá: { $hashes }.
    .unknown-algorithm = Chưa đánh giá được: khóa hoặc chữ ký dùng thuật toán không nhận biết được.
    .not-applicable = Máy chủ không có địa chỉ nào dùng TLS được khai báo hoặc phát hiện.
    .not-applicable-other = Cổng này không dùng TLS.
    .fail-no-tls = Địa chỉ được khai báo là TLS nhưng trả lời không phải TLS.

tls-unique-keys = Không dùng chung khóa TLS giữa các máy chủ
    .why = Ai chiếm được một máy chủ thì có khóa của mọi máy chủ dùng chung, có thể giả danh tất cả; không thể thu hồi khóa của riêng một máy.
    .fix = Tạo khóa và chứng thư mới trên từng máy chủ. Nếu nhiều máy chủ của một hệ thống cùng phục vụ một tên miền sau thiết bị cân bằng tải thì khai tên miền đó là điểm truy cập của hệ thống, không gắn với một máy chủ (capdo-collector endpoint add TÊN --system HỆ_THỐNG).
    .confirm = openssl x509 -in CHỨNG_THƯ -noout -pubkey | openssl pkey -pubin -outform DER | sha256sum, trên từng máy chủ
    .pass = Không máy chủ nào khác báo có khóa nào trong { $count } khóa của máy này.
    .pass-service = Các máy chủ của hệ thống dùng chung khóa của dịch vụ đã khai báo: { $services }.
    .partial = { $count } máy chủ khác của cùng hệ thống có cùng khóa, không có tên miền nào được khai báo để giải thích.
    .fail-systems = { $count } máy chủ thuộc hệ thống khác của cơ quan có cùng khóa trong cấu hình.
    .fail-agencies = { $count } máy chủ của cơ quan khác có cùng khóa; chính hệ thống thu thập đã thấy khóa được dùng ở đó.
    .unknown-claimed = Chưa đánh giá được: { $count } máy chủ của cơ quan khác báo có cùng khóa. Khóa công khai ai cũng xem được nên chỉ lời báo chưa chứng minh gì; cán bộ phụ trách có thể xác minh.
    .unknown-passed-on = Chưa đánh giá được: { $count } máy chủ của hệ thống khác dùng cùng khóa, nhưng chưa thấy cấu hình nào cho biết cả hai bên đều giữ bản sao: kết nối có thể được chuyển tiếp từ máy này sang máy kia.
    .unknown-unseen = Chưa đánh giá được: chưa thấy khóa ở { $places }.
    .not-applicable = Máy chủ không có khóa TLS nào được dùng hoặc cấu hình.

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
    .why = Bộ mã không mã hóa (NULL), không xác thực (aNULL), EXPORT, RC4 hay 3DES cho phép đọc hoặc sửa dữ liệu truyền.
    .fix = nginx: ssl_ciphers ECDHE+AESGCM:ECDHE+CHACHA20; Apache: SSLCipherSuite ECDHE+AESGCM:ECDHE+CHACHA20; Postfix: smtpd_tls_exclude_ciphers = aNULL, eNULL, EXPORT, RC4, 3DES; rồi nạp lại dịch vụ. RHEL: update-crypto-policies --set DEFAULT.
    .confirm = openssl s_client -connect 127.0.0.1:443 -tls1_2 -cipher NULL:aNULL:RC4:3DES:@SECLEVEL=0 </dev/null
    .pass = Máy chủ từ chối mọi nhóm bộ mã yếu.
    .pass-tls13 = Máy chủ chỉ dùng TLS 1.3, vốn không có bộ mã yếu.
    .fail = Máy chủ chấp nhận bộ mã yếu: { $classes }.
    .unknown-unclear = Chưa đánh giá được: không rõ máy chủ có chấp nhận { $classes } hay không.
    .not-applicable = Máy chủ không có địa chỉ nào dùng TLS được khai báo hoặc phát hiện.
    .not-applicable-other = Cổng này không dùng TLS.
    .fail-no-tls = Địa chỉ được khai báo là TLS nhưng trả lời không phải TLS.

tls-forward-secrecy = Dữ liệu bị ghi lại không giải mã được về sau
    .why = Không có bí mật chuyển tiếp thì ai lấy được khóa riêng sau này sẽ đọc được mọi dữ liệu đã ghi lại trước đó.
    .fix = Chỉ dùng các bộ mã ECDHE. nginx: ssl_ciphers ECDHE+AESGCM:ECDHE+CHACHA20; Apache: SSLCipherSuite ECDHE+AESGCM:ECDHE+CHACHA20; Postfix: smtpd_tls_exclude_ciphers = aNULL, kRSA; rồi nạp lại dịch vụ.
    .confirm = openssl s_client -connect 127.0.0.1:443 -tls1_2 -cipher kRSA </dev/null
    .pass = Mọi bộ mã đều tạo khóa mới cho từng phiên.
    .partial-some = Một số bộ mã không tạo khóa mới cho từng phiên: { $suites }.
    .fail = Không bộ mã nào tạo khóa mới cho từng phiên.
    .fail-field = Nhóm Diffie-Hellman chỉ có { $bits } bit.
    .fail-curve = Còn chấp nhận đường cong quá nhỏ: { $curves }.
    .unknown-unclear = Chưa đánh giá được: chưa hỏi hết danh sách bộ mã.
    .unknown-field = Chưa đánh giá được: chưa thấy kích thước nhóm Diffie-Hellman.
    .not-applicable = Máy chủ không có địa chỉ nào dùng TLS được khai báo hoặc phát hiện.
    .not-applicable-other = Cổng này không dùng TLS.
    .fail-no-tls = Địa chỉ được khai báo là TLS nhưng trả lời không phải TLS.

tls-key-files = Khóa và chứng thư đã cấu hình được giữ đúng
    .why = Khóa riêng mà người khác đọc được cho phép giả làm máy chủ; chứng thư trên đĩa hết hạn, hoặc đã gia hạn mà chưa nạp lại, làm dịch vụ ngừng hoạt động.
    .fix = chown root:root KHÓA; chmod 600 KHÓA (PostgreSQL: chủ sở hữu postgres, hoặc root với 640 và nhóm ssl-cert); gia hạn chứng thư; rồi nạp lại dịch vụ.
    .confirm = stat -c '%a %U:%G' KHÓA; openssl x509 -in CHỨNG_THƯ -noout -dates -fingerprint -sha256; so dấu vân tay với openssl s_client -connect 127.0.0.1:443 </dev/null | openssl x509 -noout -fingerprint -sha256
    .pass = { $key } chỉ dịch vụ đọc được, chứng thư còn hạn đến { $date }.
    .partial-owner = Khóa riêng { $key } thuộc tài khoản của một người.
    .partial-shielded = Bản thân khóa riêng { $key } mở cho mọi người; chỉ thư mục phía trên ngăn người khác.
    .partial-not-loaded = Chứng thư trên đĩa mới hơn chứng thư đang phục vụ: dịch vụ chưa được nạp lại.
    .partial-soon = Chứng thư trên đĩa sắp hết hạn: { $date }.
    .partial-group = Người dùng trong nhóm của khóa riêng { $key } đọc được khóa: { $people }.
    .fail-open = Mọi người đều đọc được khóa riêng { $key } (quyền { $mode }).
    .fail-changeable = Mọi người đều thay được khóa riêng { $key } (quyền { $mode }).
    .fail-group = Người dùng trong nhóm của khóa riêng { $key } thay được khóa: { $people }.
    .fail-expired = Chứng thư đã cấu hình hết hạn từ { $date }.
    .unknown-served = Chưa đánh giá được: một địa chỉ của máy chủ không cho thấy chứng thư nên không biết chứng thư trên đĩa có được dùng hay không.
    .unknown-elsewhere = Chưa đánh giá được: không có dịch vụ nào đã biết được cấu hình chứng thư, mà TLS đang hoặc có thể được dùng ở { $endpoints }.
    .not-applicable = Không có dịch vụ nào đã biết được cấu hình chứng thư.

tls-revocation = Chứng thư được chứng minh là chưa bị thu hồi
    .why = Khóa bị lộ vẫn dùng được cho đến khi máy khách biết chứng thư đã bị thu hồi.
    .fix = nginx: ssl_stapling on; ssl_stapling_verify on; Apache: SSLUseStapling on; hoặc cho phép capdo-agent hỏi nơi cấp (ask_authorities = true trong [declared]). Chứng thư đã bị thu hồi phải được thay cùng với khóa.
    .confirm = openssl s_client -connect 127.0.0.1:443 -servername TÊN -status </dev/null | grep -A 20 'OCSP response'
    .pass = Trả lời OCSP đính kèm cho biết chứng thư còn tốt, do nơi cấp ký.
    .pass-asked = Đã hỏi nơi cấp ({ $by }): chứng thư và các chứng thư trung gian chưa bị thu hồi.
    .partial-none = Chứng thư có địa chỉ OCSP nhưng máy chủ không đính kèm trả lời, và nơi cấp chưa được hỏi.
    .fail-asked = Đã bị thu hồi từ { $date } theo { $by }: { $subject }.
    .fail-on-hold = Đang bị tạm dừng theo { $by }: { $subject }.
    .fail-revoked = Chứng thư đã bị thu hồi.
    .fail-unknown = Nơi cấp không biết chứng thư này.
    .fail-must-staple = Chứng thư bắt buộc phải đính kèm trả lời OCSP nhưng không có.
    .fail-unsigned = Trả lời OCSP đính kèm không phải do nơi cấp ký.
    .fail-old = Trả lời OCSP đính kèm đã quá hạn.
    .fail-unusable = Trả lời OCSP đính kèm không dùng được ({ $fault }).
    .unknown-untrusted = Chưa đánh giá được: không kho chứng thư gốc nào bảo đảm cho chuỗi này nên các địa chỉ ghi trong đó không được hỏi; hãy khai báo chứng thư gốc trong trusted_cas.
    .unknown-unanswered = Chưa đánh giá được: nơi cấp không có trả lời dùng được ({ $answers }).
    .not-applicable-no-ocsp = Chứng thư không có địa chỉ OCSP nên không có trả lời để đính kèm; danh sách thu hồi chưa được hỏi.
    .not-applicable-no-source = Chứng thư không ghi địa chỉ OCSP hay danh sách thu hồi nào có thể hỏi.
    .not-applicable = Máy chủ không có địa chỉ nào dùng TLS được khai báo hoặc phát hiện.
    .not-applicable-other = Cổng này không dùng TLS.
    .fail-no-tls = Địa chỉ được khai báo là TLS nhưng trả lời không phải TLS.

tls-shared-keys = Mỗi khóa riêng chỉ dùng ở một nơi
    .why = Một dịch vụ yếu làm lộ mọi dịch vụ khác dùng chung khóa; khóa dùng lâu hơn chứng thư có thể đã lộ từ trước.
    .fix = Tạo khóa mới cho mỗi chứng thư (certbot: không dùng --reuse-key), và tắt SSL 2.0 cùng các phần mềm TLS yếu ở mọi nơi dùng khóa này.
    .confirm = openssl s_client -connect 127.0.0.1:443 </dev/null | openssl x509 -noout -pubkey | sha256sum, với từng cổng
    .pass = Không địa chỉ nào khác của máy chủ dùng khóa này.
    .pass-same = Cùng một chứng thư được dùng ở: { $endpoints }.
    .partial-reused = Cùng một khóa được dùng với chứng thư khác ở: { $endpoints }.
    .partial-by-age = Chưa thử ROBOT ở { $endpoints }, nơi nhận trao đổi khóa bằng RSA; các dịch vụ này có TLS 1.3 nên mới hơn lỗi đó. Hãy khai báo kèm cho phép để được thử.
    .unknown-not-asked = Chưa đánh giá được: chưa thử ROBOT ở { $endpoints }, nơi nhận trao đổi khóa bằng RSA; hãy khai báo kèm cho phép.
    .fail = Khóa còn được dùng ở nơi có thể bị tấn công (SSL 2.0 hoặc lỗi đệm RSA): { $endpoints }.
    .unknown-unseen = Chưa đánh giá được: chưa thấy chứng thư ở { $endpoints }.
    .not-applicable = Máy chủ không có địa chỉ nào dùng TLS được khai báo hoặc phát hiện.
    .not-applicable-other = Cổng này không dùng TLS.
    .fail-no-tls = Địa chỉ được khai báo là TLS nhưng trả lời không phải TLS.

tls-starttls = Không đăng nhập bằng văn bản rõ ở nơi có TLS
    .why = Máy khách không đòi TLS, hoặc kẻ đứng giữa giấu lời mời TLS, sẽ khiến mật khẩu đi bằng văn bản rõ.
    .fix = Dovecot: disable_plaintext_auth = yes và ssl = required (2.4: auth_allow_cleartext = no); Postfix submission: smtpd_tls_security_level = encrypt; Postfix: smtpd_tls_auth_only = yes; Prosody: c2s_require_encryption = true; PostgreSQL: hostssl thay cho host trong pg_hba.conf; MariaDB: require_secure_transport = ON; OpenLDAP: olcSecurity: ssf=128; vsftpd: force_local_logins_ssl=YES.
    .confirm = openssl s_client -connect 127.0.0.1:143 -starttls imap </dev/null; và khi chưa có TLS, từ địa chỉ khác với địa chỉ được hỏi: printf 'a CAPABILITY\r\n' | nc -s 127.0.0.2 127.0.0.1 143 phải có LOGINDISABLED; với thư: printf 'EHLO a.invalid\r\nQUIT\r\n' | nc -C 127.0.0.1 25 không được có AUTH
    .pass = Dịch vụ ({ $protocol }) không nhận đăng nhập trước khi có TLS.
    .pass-transfer = Chuyển thư giữa các máy chủ: có TLS, và vẫn phải nhận thư từ máy chủ không có TLS.
    .fail = Dịch vụ ({ $protocol }) vẫn hoạt động khi không có TLS.
    .fail-login = Dịch vụ thư mời đăng nhập trước khi có TLS (AUTH trong câu trả lời EHLO), nên mật khẩu đi bằng văn bản rõ.
    .fail-none = Dịch vụ ({ $protocol }) không có TLS.
    .unknown-none = Chưa đánh giá được: dịch vụ ở cổng này của { $protocol } không có TLS; hãy khai báo địa chỉ kèm loại dịch vụ.
    .unknown-unclear = Chưa đánh giá được: không rõ dịch vụ ({ $protocol }) có hoạt động khi không có TLS hay không.
    .partial-configured = Tệp cấu hình { $protocol } đòi TLS cho mọi lần đăng nhập. Dịch vụ đang chạy đã đọc cấu hình này hay chưa thì chỉ người đăng nhập mới biết.
    .fail-rules = PostgreSQL cho máy khác đăng nhập không cần TLS: { $rules }.
    .unknown-rules = Chưa đánh giá được: PostgreSQL không trả lời máy này đúng như pg_hba.conf; hãy nạp lại cấu hình (SELECT pg_reload_conf()) hoặc tìm quy tắc khác.
    .not-applicable = Máy chủ không có địa chỉ nào dùng TLS được khai báo hoặc phát hiện.
    .not-applicable-direct = Địa chỉ này dùng TLS ngay từ đầu.

tls-vulnerabilities = Không có lỗ hổng TLS đã công bố
    .why = Các lỗ hổng như Heartbleed, ROBOT hay chèn CCS cho phép đọc khóa và dữ liệu của máy chủ dù cấu hình trông vẫn đúng.
    .fix = Cập nhật thư viện TLS (openssl) và khởi động lại dịch vụ; thay thiết bị không còn được cập nhật; sau đó tạo khóa và chứng thư mới. Muốn kiểm tra sâu hơn, hãy khai báo địa chỉ kèm văn bản cho phép (authorisation).
    .confirm = sslscan 127.0.0.1:443; testssl --vulnerable 127.0.0.1:443
    .pass = Không thấy lỗ hổng nào.
    .partial-by-age = Không thấy lỗ hổng nào, nhưng các lỗ hổng sau chưa được dò; dịch vụ có TLS 1.3 chỉ cho thấy có lẽ nó mới hơn các lỗ hổng đó: { $holes }. Để được dò, hãy khai báo địa chỉ này trong /etc/capdo/agent.toml ([[declared.endpoints]]) kèm authorisation = "văn bản cho phép".
    .partial-fallback = Còn chấp nhận phiên bản cũ và không từ chối khi bị ép hạ phiên bản.
    .partial-client-renegotiation = Máy khách được đàm phán lại tùy ý, gây chiếm dụng máy chủ.
    .fail = Dịch vụ có lỗ hổng: { $holes }.
    .unknown-unclear = Chưa đánh giá được: câu trả lời chưa cho biết về { $holes }.
    .unknown-not-asked = Chưa đánh giá được: { $holes } chỉ thấy được khi dò sâu. Để được dò, hãy khai báo địa chỉ này trong /etc/capdo/agent.toml ([[declared.endpoints]]) kèm authorisation = "văn bản cho phép".
    .not-applicable = Máy chủ không có địa chỉ nào dùng TLS được khai báo hoặc phát hiện.
    .not-applicable-other = Cổng này không dùng TLS.
    .fail-no-tls = Địa chỉ được khai báo là TLS nhưng trả lời không phải TLS.
