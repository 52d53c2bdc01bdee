# Nội dung của nhóm web.

web-cookies = Cookie phiên có Secure và HttpOnly
    .why = Cookie phiên truyền dạng rõ hoặc để mã kịch bản đọc được sẽ giúp kẻ khác chiếm phiên đăng nhập.
    .fix = Đặt Secure, HttpOnly và SameSite cho cookie phiên. PHP: session.cookie_secure = 1, session.cookie_httponly = 1; Tomcat: <cookie-config> với <secure> và <http-only>; Django: SESSION_COOKIE_SECURE = True; chỉ phục vụ qua HTTPS.
    .confirm = curl -skI https://127.0.0.1/ | grep -i set-cookie
    .pass = Cookie của trang đầu được bảo vệ.
    .partial = Có cookie chưa được bảo vệ đủ, xét theo tên thì không phải cookie phiên: { $cookies }.
    .fail = Cookie phiên có thể bị kẻ khác lấy: { $cookies }.
    .unknown-none = Chưa đánh giá được: trang đầu không đặt cookie; không thấy được cookie đặt sau khi đăng nhập.
    .not-applicable = Máy chủ không có trang web nào máy khác truy cập được, dù khai báo hay phát hiện.
    .not-applicable-redirect = Địa chỉ này chỉ chuyển hướng đi nơi khác và không đặt cookie.

web-exposure = Không để lộ mã nguồn, bí mật, bản kết xuất dữ liệu hoặc trang nội bộ
    .why = Kho mã, tệp cấu hình và bản kết xuất nằm trên máy chủ web trao mã nguồn, mật khẩu và dữ liệu cho bất kỳ ai hỏi.
    .fix = Xóa các tệp này khỏi thư mục web và chặn tên bắt đầu bằng dấu chấm. nginx: location ~ /\.(?!well-known) {"{"} deny all; {"}"}; Apache: RedirectMatch 404 "/\.(?!well-known)"; tắt liệt kê thư mục (autoindex off; Options -Indexes).
    .confirm = curl -sk https://127.0.0.1/.git/HEAD
    .pass = Trong { $asked } thứ thường bị bỏ quên, không thứ nào trả về nội dung của nó.
    .partial-internal = Trang nội bộ trả lời từ chính máy chủ này: { $paths }. Từ đây không biết máy khác có truy cập được không.
    .fail = Đang để lộ: { $paths }.
    .not-applicable = Máy chủ không có trang web nào máy khác truy cập được, dù khai báo hay phát hiện.

web-headers = Trang web có các tiêu đề bảo vệ
    .why = Thiếu các tiêu đề này, kẻ khác có thể nhúng trang vào khung để đánh lừa cú nhấp chuột, hoặc chèn mã kịch bản dễ hơn.
    .fix = Gửi Content-Security-Policy (ví dụ "default-src 'self'; frame-ancestors 'self'"), X-Content-Type-Options: nosniff và Referrer-Policy: strict-origin-when-cross-origin. nginx: add_header … always; Apache: Header always set ….
    .confirm = curl -skI https://127.0.0.1/ | grep -iE 'content-security|x-frame|x-content|referrer'
    .pass = Trang đầu có đủ các tiêu đề bảo vệ.
    .partial-no-csp = Đã chặn nhúng khung và đoán kiểu tệp, nhưng chưa có Content-Security-Policy.
    .partial-scripts = Đã chặn nhúng khung và đoán kiểu tệp, nhưng Content-Security-Policy vẫn cho chạy mã kịch bản viết thẳng trong trang hoặc từ bất kỳ đâu.
    .partial-referrer = Referrer-Policy để lộ địa chỉ trang cho nơi khác.
    .fail = Thiếu hoặc không có tác dụng: { $missing }.
    .unknown-status = Chưa đánh giá được: máy chủ trả lời { $status } nên không thấy trang nào.
    .unknown-cut = Chưa đánh giá được: trang quá dài để đọc hết, chính sách có thể nằm ở phần sau.
    .not-applicable = Máy chủ không có trang web nào máy khác truy cập được, dù khai báo hay phát hiện.
    .not-applicable-redirect = Địa chỉ này chỉ chuyển hướng đi nơi khác.
    .not-applicable-data = Nội dung ở đây không phải trang dành cho trình duyệt.

web-hsts = Trình duyệt được yêu cầu chỉ dùng HTTPS (HSTS)
    .why = Không có HSTS, kẻ đứng giữa có thể giữ trình duyệt ở kết nối dạng rõ ngay từ lần nhấp đầu tiên.
    .fix = Gửi Strict-Transport-Security: max-age=31536000; includeSubDomains qua HTTPS. nginx: add_header Strict-Transport-Security "max-age=31536000; includeSubDomains" always; Apache: Header always set Strict-Transport-Security "max-age=31536000; includeSubDomains".
    .confirm = curl -skI https://127.0.0.1/ | grep -i strict-transport
    .pass = HSTS có hiệu lực { $days } ngày.
    .partial-short = HSTS chỉ có hiệu lực { $days } ngày; cần ít nhất { $least } ngày.
    .fail = Không có tiêu đề Strict-Transport-Security.
    .fail-malformed = Tiêu đề Strict-Transport-Security sai cú pháp nên trình duyệt bỏ qua.
    .fail-off = Tiêu đề Strict-Transport-Security đang tắt HSTS (max-age dưới một ngày).
    .unknown-status = Chưa đánh giá được: máy chủ trả lời { $status }, và máy chủ thường không gửi tiêu đề này ở những trang như vậy.
    .not-applicable = Máy chủ không có trang web nào máy khác truy cập được, dù khai báo hay phát hiện.
    .not-applicable-clear = Địa chỉ này truyền dạng rõ, ở đó HSTS không có ý nghĩa.

web-https-redirect = Kết nối dạng rõ được chuyển sang HTTPS
    .why = Nội dung đọc hoặc nhập trên trang truyền dạng rõ có thể bị kẻ đứng giữa xem và sửa.
    .fix = Chuyển hướng vĩnh viễn mọi đường dẫn dạng rõ sang HTTPS của cùng tên miền. nginx: return 301 https://$host$request_uri; Apache: RewriteEngine On, RewriteRule ^ https://%{"{"}HTTP_HOST{"}"}%{"{"}REQUEST_URI{"}"} [R=301,L].
    .confirm = curl -sI http://127.0.0.1/ | grep -iE '^HTTP|^location'
    .pass = Mọi đường dẫn đều chuyển sang HTTPS của cùng tên miền.
    .partial-other-host = Chuyển sang HTTPS của tên miền khác trước ({ $origin }), nên HSTS không có tác dụng với tên miền này.
    .partial-first-page = Chỉ trang đầu chuyển sang HTTPS; các đường dẫn khác vẫn trả lời dạng rõ.
    .partial-temporary = Có chuyển sang HTTPS nhưng chỉ tạm thời (mã { $status }).
    .fail = Trang được phục vụ dạng rõ.
    .fail-elsewhere = Có chuyển hướng nhưng không sang HTTPS.
    .fail-login = Yêu cầu đăng nhập qua kết nối dạng rõ.
    .unknown-status = Chưa đánh giá được: máy chủ trả lời { $status } qua kết nối dạng rõ.
    .not-applicable = Máy chủ không có trang web nào máy khác truy cập được, dù khai báo hay phát hiện.
    .not-applicable-tls = Địa chỉ này đã dùng HTTPS.

web-security-txt = Trang web nêu nơi tiếp nhận báo cáo lỗ hổng (security.txt)
    .why = Người phát hiện lỗ hổng phải báo được cho ai đó; không có đầu mối thì lỗ hổng không được báo, hoặc bị công khai.
    .fix = Đặt /.well-known/security.txt qua HTTPS, kiểu text/plain, có Contact: (mailto:, tel: hoặc https:) và đúng một dòng Expires: trong vòng một năm tới; xem RFC 9116.
    .confirm = curl -sk https://127.0.0.1/.well-known/security.txt
    .pass = security.txt hợp lệ, có hiệu lực đến { $date }.
    .partial-form = Có security.txt còn hạn nhưng hình thức chưa đúng: { $flaws }.
    .partial-contact = Có security.txt còn hạn nhưng một đầu mối không phải địa chỉ mailto:, tel: hoặc https:.
    .fail-missing = Không có security.txt.
    .fail-contact = security.txt không nêu đầu mối nào dùng được.
    .fail-expires = security.txt không nêu đúng một thời hạn hiệu lực đọc được.
    .fail-expired = security.txt đã hết hạn từ { $date }.
    .unknown-elsewhere = Chưa đánh giá được: security.txt đặt tại { $origin }, nơi này không được hỏi.
    .not-applicable = Máy chủ không có trang web nào máy khác truy cập được, dù khai báo hay phát hiện.
    .not-applicable-other = Không phải trang công khai qua HTTPS (không được khai báo, cũng không ở cổng 443).

web-version-disclosure = Không để lộ phiên bản chính xác của phần mềm
    .why = Phiên bản chính xác cho kẻ tấn công biết ngay nên thử lỗ hổng nào.
    .fix = nginx: server_tokens off; Apache: ServerTokens Prod, ServerSignature Off; PHP: expose_php = Off; bỏ X-Powered-By và thẻ generator.
    .confirm = curl -skI https://127.0.0.1/ | grep -iE '^server|^x-powered'
    .pass = Không để lộ phiên bản chính xác nào.
    .fail = Đang để lộ phiên bản chính xác: { $versions }.
    .not-applicable = Máy chủ không có trang web nào máy khác truy cập được, dù khai báo hay phát hiện.
