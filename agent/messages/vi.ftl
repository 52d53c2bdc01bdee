# Mọi câu mà tác tử nói với người đọc, ngoài nội dung của các phép kiểm tra.

## Dòng lệnh

cli = Quan sát máy chủ này, đánh giá theo tiêu chuẩn quốc gia và báo cáo về máy thu thập.
    .lang = Ngôn ngữ hiển thị: vi hoặc en. Nếu bỏ trống thì lấy theo LC_ALL, LC_MESSAGES hoặc LANG; mặc định là tiếng Việt.
    .config = Tệp cấu hình. Mặc định: /etc/capdo/agent.toml.
    .help = Hiện hướng dẫn này.
    .version = Hiện phiên bản.
cli-usage = Cách dùng
cli-options = Tùy chọn
cli-commands = Các lệnh
cli-command = LỆNH
cli-scan = Quan sát một lần và báo cáo tại chỗ. Không cần máy thu thập, không cần cấu hình, không thay đổi gì trên máy chủ.
    .level = Cấp độ của hệ thống thông tin dùng để đánh giá, từ 1 đến 5. Mặc định: 2.
    .only = Chỉ chạy phép kiểm tra hoặc nhóm này, ví dụ ssh hoặc ssh.root-login. Có thể ghi nhiều lần.
    .root = Quan sát hệ thống tệp được gắn tại thư mục này thay cho máy chủ đang chạy.
    .json = In JSON (định dạng capdo-scan/1) thay cho bảng.
    .after = Mã thoát:
        {"  "}0   mọi mục đều đạt, đạt một phần hoặc không áp dụng
        {"  "}1   có mục không đạt
        {"  "}2   không có mục nào không đạt, nhưng có mục chưa đánh giá được
        {"  "}64  sai dòng lệnh hoặc sai cấu hình
        {"  "}70  lỗi của chính capdo-agent

        JSON: một đối tượng gồm format, agent_version, window (live hoặc image), host, standard, level, lang, started_at, finished_at, findings, totals (số kết quả theo kết luận) và cost (cpu_ms, peak_rss_kib). Mỗi kết quả có check, family, subject, title, verdict (pass, partial, fail, not_applicable hoặc unknown), reason, reason_key, severity, confidence, fix, facts (name, vantage, value, source), gap, disagreements, controls (id, clause, title), observed_at và took_ms.
cli-checks = Xem thông tin về các phép kiểm tra.
cli-checks-list = Liệt kê mọi phép kiểm tra.
    .json = In JSON: danh sách các trang.
cli-checks-show = Hiện trang của một phép kiểm tra: vì sao cần, cách tự xác nhận, cách khắc phục, yêu cầu của từng cấp độ.
    .id = Mã của phép kiểm tra, ví dụ account.uid-zero.
    .json = In JSON.
cli-config = Xem cấu hình.
cli-config-check = Kiểm tra tệp cấu hình và nêu mọi chỗ sai.
    .file = Tệp cần kiểm tra. Mặc định: tệp của --config, nếu không có thì /etc/capdo/agent.toml.
cli-enroll = Đăng ký máy chủ này với máy thu thập bằng mã đăng ký dùng một lần đã được cấp.
    .collector = Địa chỉ máy thu thập, dạng MÁY:CỔNG.
    .token = Mã đăng ký dùng một lần; dấu - để đọc từ đầu vào chuẩn. Người dùng khác nhìn thấy được mã ghi trên dòng lệnh, vì vậy nên dùng - hoặc --token-file.
    .token_file = Tệp chứa mã đăng ký dùng một lần.
    .ca_sha256 = Dấu vân tay SHA-256 của chứng thư CA của máy thu thập, như máy thu thập hiển thị.
    .ca_file = Chứng thư CA của máy thu thập (PEM).
    .force = Thay danh tính mà máy chủ này đang có.
cli-run = Chạy dịch vụ: quan sát theo lịch và báo cáo về máy thu thập. Do systemd khởi động.
cli-status = Hiện danh tính, chứng thư, lượt chạy gần nhất, dữ liệu chờ gửi và kết nối.
    .json = In JSON.
cli-completions = In phần tự hoàn thành lệnh cho trình bao.
    .shell = Trình bao nào.
cli-man = Ghi các trang hướng dẫn (man).
    .dir = Thư mục để ghi.

usage-more = Chạy “capdo-agent --help” để xem mọi lệnh và tùy chọn.
usage-unknown-command = Không có lệnh “{ $name }”. Gần nhất: { $valid }.
usage-unknown-argument = Ở đây không có tùy chọn “{ $arg }”.
usage-no-value = “{ $arg }” cần có giá trị.
usage-invalid-value = “{ $value }” không phải là giá trị của { $arg }. Có thể dùng: { $valid }.
usage-missing = Còn thiếu: { $arg }.
usage-no-command = Còn thiếu lệnh.
usage-conflict = Không dùng được “{ $arg }” cùng với “{ $other }”.
usage-other = Không hiểu dòng lệnh ({ $detail }).

## Quét

no-such-check = Không có phép kiểm tra hoặc nhóm “{ $asked }”. Gần nhất: { $nearest }. Lệnh “capdo-agent checks list” liệt kê tất cả.
scan-root = Không mở được thư mục của --root: { $detail }. Hãy chỉ đến thư mục đang gắn một hệ thống tệp.
report-head = { $host } ({ $system }), cấp độ { $level }, { $standard }
report-totals = { $fail } không đạt, { $unknown } chưa đánh giá được, { $partial } đạt một phần, { $pass } đạt, { $not_applicable } không áp dụng
report-hint = Cách khắc phục từng mục: capdo-agent checks show { $check }
report-cost = Chi phí của lượt này: { $cpu } ms bộ xử lý, nhiều nhất { $rss } MiB bộ nhớ

verdict-pass = ĐẠT
verdict-partial = MỘT PHẦN
verdict-fail = KHÔNG ĐẠT
verdict-not-applicable = KHÔNG ÁP DỤNG
verdict-unknown = CHƯA RÕ


## Trang của phép kiểm tra

page-family = Nhóm
page-severity = Mức nghiêm trọng
page-confidence = Độ tin cậy
page-needs = Điều kiện
page-why = Vì sao cần
page-confirm = Tự xác nhận
page-fix = Khắc phục
page-fix-debian = Khắc phục trên Debian và Ubuntu
page-fix-rhel = Khắc phục trên RHEL, AlmaLinux, Rocky và Oracle Linux
page-fix-alpine = Khắc phục trên Alpine
page-levels = Yêu cầu của từng cấp độ
page-level = Cấp độ { $level }
page-level-none = không có con số riêng
severity-low = thấp
severity-medium = vừa
severity-high = cao
severity-critical = rất cao
confidence-low = thấp: dấu hiệu thường đúng
confidence-medium = vừa: đúng, trừ vài ngoại lệ
confidence-high = cao: bằng chứng chính là sự việc
need-nothing = không cần gì thêm
need-root = quyền root, hoặc quyền đọc mọi tệp
need-live = hệ thống đang chạy
need-loopback = kết nối đến địa chỉ của chính máy chủ

## Cấu hình

config-fine = { $file }: không thấy chỗ nào sai.
config-problems = { $file } cần sửa:
config-read = { $file }: không đọc được ({ $detail }). Hãy tạo tệp này, hoặc chỉ tệp khác bằng --config.
config-unknown-key = không có khóa `{ $key }`. Có phải ý bạn là `{ $nearest }`?
config-missing-key = thiếu khóa `{ $key }`. Hãy thêm vào.
config-bad-value = khóa `{ $key }` không nhận giá trị này ({ $detail }). Hãy sửa lại.
config-syntax = không đúng cú pháp TOML ({ $detail }). Hãy sửa dòng này.
config-address = `collector.address` là “{ $value }”, không có dạng MÁY:CỔNG. Hãy ghi, ví dụ "thuthap.example.gov.vn:8443".
config-two-anchors = `collector.ca_file` và `collector.ca_sha256` cùng được đặt. Chỉ giữ một trong hai.
config-pin = `collector.ca_sha256` không phải là SHA-256. Hãy ghi đủ 64 chữ số thập lục phân, như máy thu thập hiển thị.
config-relative = `{ $key }` không phải là đường dẫn tuyệt đối. Hãy bắt đầu bằng “/”.
config-period = `{ $key }` là “{ $value }”, không phải là khoảng thời gian. Hãy ghi một số kèm s, m, h hoặc d, ví dụ "24h".
config-interval = `schedule.interval` phải từ 60 giây đến 31 ngày. Hãy ghi, ví dụ "24h".
config-jitter = `schedule.jitter` dài hơn `schedule.interval`. Hãy rút ngắn.
config-port-zero = `[declared]` ghi cổng 0. Hãy ghi cổng từ 1 đến 65535.
config-not-an-ip = `declared.approved_dns` có “{ $value }”, không phải là địa chỉ IP. Hãy ghi địa chỉ IP của máy phân giải.
config-world-writable = Cảnh báo: mọi người dùng đều sửa được tệp này. Hãy chạy “chmod o-w” với tệp.

man-failed = Không ghi được các trang hướng dẫn vào { $dir }: { $detail }. Hãy chỉ một thư mục mà bạn được ghi.

## Đăng ký và danh tính

identity-none = Máy chủ này chưa có danh tính ({ $file }). Hãy chạy “capdo-agent enroll” với mã đăng ký đã được cấp.
identity-exists = Máy chủ này đã có danh tính ({ $file }). Thêm --force để thay; danh tính cũ sẽ không dùng được ở đây nữa.
identity-io = { $file }: { $detail }. Hãy chạy lệnh bằng tài khoản chạy dịch vụ, hoặc bằng root.
identity-broken = Không dùng được { $file }: { $detail }. Hãy đăng ký lại với --force.
identity-crypto = Không tạo hoặc không đọc được khóa: { $detail }.
dial-address = “{ $address }” không phải là địa chỉ dạng MÁY:CỔNG.
dial-unreachable = Máy thu thập tại { $address } không trả lời: { $detail }. Hãy kiểm tra địa chỉ, mạng và tường lửa.
dial-untrusted = Nơi trả lời tại { $address } không phải là máy thu thập mà bạn tin cậy: { $detail }. Hãy đối chiếu dấu vân tay CA với máy thu thập; nếu khác nhau thì dừng lại.
dial-tls = Không lập được kết nối TLS 1.3 với { $address }: { $detail }. Hãy kiểm tra đây có đúng là cổng dành cho tác tử của máy thu thập.
enroll-ca = Không dùng được CA của máy thu thập: { $detail }. Hãy chỉ tệp PEM của CA, hoặc ghi 64 chữ số thập lục phân của SHA-256.
enroll-token = Mã đăng ký không được chấp nhận: gõ sai, đã dùng, hoặc hết hạn. Hãy xin mã mới.
enroll-no-trust = Hãy nêu nơi tin cậy: --ca-sha256 với dấu vân tay mà máy thu thập hiển thị, hoặc --ca-file với chứng thư CA của máy thu thập; hoặc đặt một trong hai ở mục [collector] của cấu hình.
enroll-token-unread = Không đọc được mã đăng ký: { $detail }.
enroll-too-often = Máy thu thập tạm thời không nhận thêm lần thử nào. Hãy chờ vài phút rồi thử lại.
enroll-answer = Không dùng được câu trả lời của máy thu thập: { $detail }. Hãy kiểm tra phiên bản của máy thu thập và tác tử có đi với nhau không.
enroll-refused = Máy thu thập từ chối: { $detail }.
enroll-done = Đã đăng ký với { $collector }, mã máy chủ { $host }. Bây giờ hãy khởi động dịch vụ: systemctl enable --now capdo-agent

## Dịch vụ và tình trạng

spool-failed = Không dùng được { $file }: { $detail }. Hãy kiểm tra ổ đĩa và quyền truy cập; có thể chuyển tệp hỏng đi nơi khác, tác tử sẽ gửi lại toàn bộ.
status-not-enrolled = Máy chủ này chưa đăng ký. Vẫn chạy được “capdo-agent scan”; muốn có danh tính thì chạy “capdo-agent enroll”.
status-identity = Máy chủ: { $host }
status-certificate = Chứng thư: còn { $days } ngày
status-down = Dịch vụ: không chạy (systemctl status capdo-agent)
status-connecting = Dịch vụ: đang chạy, chưa có phiên với { $collector }
status-connected = Dịch vụ: đang chạy, đang có phiên với { $collector }
status-error = Trục trặc gần nhất: { $detail }
status-no-run = Lượt chạy gần nhất: chưa có
status-last-run = Lượt chạy gần nhất: { $at }, số { $counter }, { $findings } kết quả
status-last-ack = Máy thu thập nhận gần nhất: { $at }
status-next-run = Lượt chạy tới: { $at }
status-spool = Số lượt chạy chờ gửi: { $runs }
