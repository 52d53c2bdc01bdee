# Mọi câu mà tác tử nói với người đọc, ngoài nội dung của các phép kiểm tra.

## Dòng lệnh

cli = Quan sát máy chủ này, đánh giá theo tiêu chuẩn quốc gia và báo cáo về máy thu thập.
    .lang = Ngôn ngữ hiển thị: vi hoặc en. Nếu bỏ trống thì lấy theo LC_ALL, LC_MESSAGES hoặc LANG; mặc định là tiếng Việt.
    .config = Tệp cấu hình. Mặc định: /etc/capdo/agent.toml.
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
cli-probe = Xem một địa chỉ từ bên ngoài: những gì nó cho mọi người thấy, không đăng nhập và không thay đổi gì.
    .target = Địa chỉ cần xem: MÁY, MÁY:CỔNG hoặc [IPV6]:CỔNG. Mọi địa chỉ của một tên đều được xem.
    .authorisation = Ai cho phép, ví dụ số và ngày của quyết định. Bắt buộc với mọi địa chỉ không thuộc máy chủ này; khi đó lần dò được ghi vào probes.log trước khi gửi bất cứ gì.
    .timeout = Số giây chờ một câu trả lời, từ 1 đến 120. Mặc định: 5.
    .ipv4 = Chỉ dùng địa chỉ IPv4.
    .ipv6 = Chỉ dùng địa chỉ IPv6.
    .json = In JSON (định dạng capdo-probe/1).
    .after = Mã thoát:
        {"  "}0   đã dò được mọi địa chỉ
        {"  "}1   có địa chỉ không dò được, hoặc không ghi được nhật ký
        {"  "}64  sai dòng lệnh hoặc sai cấu hình, hoặc thiếu --authorisation

        JSON: một đối tượng gồm format, agent_version, probe, target, started_at và results. Mỗi kết quả có address và một trong hai: found (những gì đã thấy) hoặc gap (lý do và chi tiết).
        Nhật ký: mỗi lần dò một địa chỉ không thuộc máy chủ này được ghi một dòng JSON vào probes.log trong thư mục trạng thái của tác tử nếu là root, nếu không thì trong $XDG_STATE_HOME/capdo (hoặc ~/.local/state/capdo). Không ghi được thì không gửi gì.
cli-probe-tls = Hiện phiên bản, bộ mã, nhóm khóa, chứng thư, điểm yếu và xếp hạng của một dịch vụ TLS. Cổng thường dùng: 443, hoặc cổng của --starttls.
    .target = { cli-probe.target }
    .authorisation = { cli-probe.authorisation }
    .timeout = { cli-probe.timeout }
    .ipv4 = { cli-probe.ipv4 }
    .ipv6 = { cli-probe.ipv6 }
    .json = { cli-probe.json }
    .after = { cli-probe.after }
    .starttls = Bắt đầu bằng giao thức này: smtp, imap, pop3, ldap, postgres, mysql, ftp hoặc xmpp.
    .sni = Tên cần hỏi và dùng để đối chiếu chứng thư. Mặc định: tên trong địa chỉ cần xem.
    .intrusive = Chạy thêm các phép dò có thể làm phiền máy chủ rất cũ: Heartbleed, CCS injection, ROBOT, Ticketbleed, máy khách yêu cầu thương lượng lại.
cli-probe-http = Hiện chuyển hướng, HSTS, tiêu đề bảo vệ, cookie, phiên bản và security.txt của một trang web. Nếu không ghi cổng thì xem cổng 443 và 80.
    .target = { cli-probe.target }
    .authorisation = { cli-probe.authorisation }
    .timeout = { cli-probe.timeout }
    .ipv4 = { cli-probe.ipv4 }
    .ipv6 = { cli-probe.ipv6 }
    .json = { cli-probe.json }
    .after = { cli-probe.after }
    .exposure = Hỏi thêm kho mã, tệp cấu hình, bản kết xuất dữ liệu và trang nội bộ không được để lộ. Bắt buộc có --authorisation, kể cả với địa chỉ của chính máy chủ này.
cli-probe-dns = Hiện các bản ghi của một tên miền, có được ký hay không (DNSSEC), và quy tắc về thư: SPF, DMARC, MTA-STS, báo cáo TLS, TLSA; cùng CAA.
    .zone = Tên miền, ví dụ xa.gov.vn.
    .server = Máy chủ phân giải cần hỏi, ghi bằng địa chỉ. Mặc định: máy đầu tiên trong /etc/resolv.conf. Bắt buộc có --authorisation, trừ khi là địa chỉ của máy chủ này.
    .anchor = Tệp bản ghi DNSKEY được tin thay cho khóa của gốc.
    .authorisation = { cli-probe.authorisation }
    .timeout = { cli-probe.timeout }
    .json = { cli-probe.json }
    .after = Mã thoát:
        {"  "}0   đã dò được tên miền
        {"  "}1   thiếu câu trả lời, hoặc không ghi được nhật ký
        {"  "}64  sai dòng lệnh hoặc sai cấu hình, hoặc thiếu --authorisation
        {"  "}70  lỗi của chính capdo-agent

        JSON: một đối tượng gồm format, agent_version, probe, target, server, started_at và found. Chữ ký được kiểm tra tại đây, bất kể máy chủ phân giải nói gì.
cli-probe-ssh = Hiện phiên bản, thuật toán và các cách đăng nhập của máy chủ SSH. Cổng thường dùng: 22.
    .target = { cli-probe.target }
    .authorisation = { cli-probe.authorisation }
    .timeout = { cli-probe.timeout }
    .ipv4 = { cli-probe.ipv4 }
    .ipv6 = { cli-probe.ipv6 }
    .json = { cli-probe.json }
    .after = { cli-probe.after }
    .user = Hiện thêm các cách đăng nhập mà máy chủ nêu cho tài khoản này. Không đăng nhập: không gửi mật khẩu, không gửi khóa.
cli-checks = Xem thông tin về các phép kiểm tra.
cli-checks-list = Liệt kê mọi phép kiểm tra.
    .json = In JSON: danh sách các trang.
cli-checks-show = Hiện trang của một phép kiểm tra: vì sao cần, cách tự xác nhận, cách khắc phục, yêu cầu của từng cấp độ.
    .id = Mã của phép kiểm tra, ví dụ account.uid-zero.
    .json = In JSON.
cli-config = Xem cấu hình.
cli-config-check = Kiểm tra tệp cấu hình và nêu mọi chỗ sai.
    .file = Tệp cần kiểm tra. Mặc định: tệp của --config, nếu không có thì /etc/capdo/agent.toml.
cli-backup = Xem các bản sao lưu của máy chủ này và ghi lại việc khôi phục thử.
cli-backup-list = Hiện các nơi lưu bản sao lưu trên máy chủ này và các lần khôi phục thử đã ghi.
    .json = In JSON.
cli-backup-attest-restore = Ghi lại rằng một bản sao lưu đã được khôi phục thử. Với --compare, chính tác tử so sánh bản khôi phục với bản gốc.
    .target = Đã khôi phục cái gì, ví dụ đường dẫn hoặc địa chỉ nơi lưu, không kèm mật khẩu.
    .result = ok (thành công) hoặc failed (không thành công).
    .note = Những điều khác cần biết.
    .date = Ngày khôi phục thử. Mặc định: hôm nay.
    .by = Người thực hiện. Mặc định: tài khoản đã gọi sudo.
    .compare = Bản gốc và bản khôi phục: hai tệp hoặc hai thư mục. Mọi byte của cả hai đều được đọc.
cli-enroll = Đăng ký máy chủ này với máy thu thập bằng mã đăng ký dùng một lần đã được cấp.
    .collector = Địa chỉ máy thu thập, dạng MÁY:CỔNG.
    .token = Mã đăng ký dùng một lần; dấu - để đọc từ đầu vào chuẩn. Người dùng khác nhìn thấy được mã ghi trên dòng lệnh, vì vậy nên dùng - hoặc --token-file.
    .token_file = Tệp chứa mã đăng ký dùng một lần.
    .ca_sha256 = Dấu vân tay SHA-256 của chứng thư CA của máy thu thập, như máy thu thập hiển thị.
    .ca_file = Chứng thư CA của máy thu thập (PEM).
    .force = Thay danh tính mà máy chủ này đang có.
    .offline_request = Ở điểm một chiều: ghi yêu cầu vào tệp này để mang tới máy thu thập.
    .offline_grant = Ở điểm một chiều: nhận giấy cấp được mang về. Cần --ca-sha256 hoặc --ca-file.
cli-export = Ghi các lượt chạy đang chờ vào tệp để mang từ điểm một chiều tới máy thu thập. Chưa có biên nhận thì chưa lượt nào được coi là xong.
    .out = Tệp để ghi. Mặc định: capdo-MÁY-LƯỢT.runs trong thư mục này.
    .since_receipt = Nhận biên nhận này trước, như lệnh “receipt”.
    .whole = Thay vào đó ghi toàn bộ trạng thái sau lượt chạy mới nhất, cho máy thu thập thiếu dữ liệu trước đó.
cli-receipt = Nhận biên nhận của máy thu thập cho tệp đã mang tới: các lượt chạy trong tệp được coi là xong, tệp sau chỉ chứa phần thay đổi.
    .file = Biên nhận. Chữ ký nằm cạnh đó, tên tệp có thêm .sig.
cli-run = Chạy dịch vụ: quan sát theo lịch và báo cáo về máy thu thập. Do systemd khởi động.
cli-status = Hiện danh tính, chứng thư, lượt chạy gần nhất, dữ liệu chờ gửi và kết nối.
    .json = In JSON.
cli-completions = In phần tự hoàn thành lệnh cho trình bao.
    .shell = Trình bao nào.
cli-man = Ghi các trang hướng dẫn (man).
    .dir = Thư mục để ghi.

## Quét

no-such-check = Không có phép kiểm tra hoặc nhóm “{ $asked }”. Gần nhất: { $nearest }. Lệnh “capdo-agent checks list” liệt kê tất cả.
check-by-collector = “{ $asked }” do máy thu thập thực hiện, từ dữ liệu mà tác tử này và các tác tử khác gửi về; không chạy được tại đây. Hãy xem trang của máy chủ này tại máy thu thập.
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

## Dò từ bên ngoài

probe-target = “{ $target }” không phải là đích. Ghi MÁY, MÁY:CỔNG hoặc [IPV6]:CỔNG.
probe-no-address = { $target }: không tìm thấy địa chỉ. Kiểm tra lại tên, hoặc bỏ -4 và -6. { $detail }
probe-not-authorised = { $target } ({ $address }) không thuộc máy chủ này. Chưa gửi gì. Nếu chủ quản đã cho phép dò, hãy ghi ai cho phép bằng --authorisation NỘI_DUNG, ví dụ số và ngày của quyết định; khi đó lần dò được ghi nhật ký.
probe-authorisation = --authorisation cần từ 1 đến 500 ký tự nêu ai cho phép dò.
probe-log = Không ghi được lần dò vào { $file } ({ $detail }), vì vậy chưa gửi gì. Hãy cho phép ghi tệp này, hoặc chạy lệnh bằng người dùng có thư mục riêng.
probe-sni = “{ $name }” không phải là tên có thể hỏi máy chủ. Ghi tên máy chủ sau --sni, ví dụ www.example.gov.vn, hoặc bỏ --sni.
probe-silent-refused = Cổng đang đóng: { $address } từ chối kết nối. Hãy kiểm tra số cổng và xem dịch vụ có đang chạy không.
probe-silent-no-connection = Không lập được kết nối: { $address } không phản hồi, hoặc mạng không dẫn tới đó. Có thể tường lửa đã chặn gói tin.
probe-silent-mute = { $address } nhận kết nối nhưng không có câu trả lời dùng được trong thời gian chờ. Dịch vụ có thể bị treo hoặc chờ giao thức khác; dùng --timeout để chờ lâu hơn.
probe-silent-tls-at-once = { $address } dùng TLS ngay từ byte đầu tiên, không có { $protocol } trước đó. Hãy bỏ --starttls.
probe-silent-greets = { $address } trả lời khác với điều được hỏi: lời chào là của giao thức { $protocol }. Hãy thử --starttls { $protocol }.
probe-silent-otherwise = { $address } trả lời khác với điều được hỏi: dịch vụ dùng giao thức khác, hoặc ngắt kết nối giữa chừng.
probe-head = { $target } tại { $address }
probe-none = không có
probe-yes = có
probe-no = không
probe-ssh-protocol = Giao thức
probe-ssh-software = Phần mềm
probe-ssh-no-algorithms = Thuật toán: máy chủ không nêu thuật toán nào đọc được
probe-ssh-kex = Trao đổi khóa
probe-ssh-host-keys = Khóa máy chủ
probe-ssh-ciphers = Mã hóa
probe-ssh-macs = Xác thực thông điệp
probe-ssh-compression = Nén
probe-ssh-broken = Thuật toán đã bị phá
probe-ssh-legacy = Thuật toán cũ
probe-ssh-strict-kex = Trao đổi khóa nghiêm ngặt
probe-ssh-terrapin = Có thể bị tấn công Terrapin (CVE-2023-48795)
probe-ssh-post-quantum = Trao đổi khóa chống được máy tính lượng tử
probe-ssh-open = { $user } được vào mà không cần chứng minh gì
probe-ssh-methods = Các cách đăng nhập được nêu đầu tiên cho { $user }: { $methods }

probe-http-scheme = Trang
probe-http-silent = không trả lời: { $why }
probe-http-status = Mã trả lời
probe-http-away = Chuyển đến
probe-http-other-path = Các đường dẫn khác cũng chuyển sang HTTPS
probe-http-no-hsts = HSTS: không có
probe-http-bad-hsts = HSTS: sai cú pháp, trình duyệt bỏ qua
probe-http-hsts = HSTS: { $days } ngày
probe-http-no-security-txt = security.txt: không có
probe-http-security-txt = security.txt: số đầu mối dùng được: { $contacts }, có hiệu lực đến { $ends }
probe-http-frames = Chặn nhúng vào khung của trang khác
probe-http-nosniff = Chặn đoán kiểu tệp
probe-http-csp = Content-Security-Policy
probe-http-scripts = Chặn mã kịch bản lạ và mã viết thẳng trong trang
probe-http-referrer = Không để lộ địa chỉ trang cho nơi khác
probe-http-cookies = Cookie
probe-http-versions = Phiên bản chính xác bị lộ
probe-http-leaks = Đang để lộ
probe-http-internal = Trang nội bộ trả lời
probe-http-catch-all = Trả lời 200 cho đường dẫn không tồn tại

probe-dns-resolver = Không hỏi được: { $detail }.
probe-dns-silent = Máy chủ phân giải tên miền { $server } không trả lời. Hãy kiểm tra địa chỉ, hoặc chỉ định máy chủ khác bằng --server.
probe-dns-dnssec = DNSSEC
probe-dns-secure = có ký và hợp lệ
probe-dns-insecure = không ký
probe-dns-bogus = chữ ký không hợp lệ
probe-dns-indeterminate = không xác định được
probe-dns-unanswered = không có câu trả lời đáng tin
probe-dns-spf = SPF kết thúc bằng { $ends }; số lần hỏi DNS: { $lookups } trên 10, không có trả lời: { $voids } trên 2
probe-dns-spf-problems = Vấn đề của SPF
probe-dns-spf-sound = SPF hoạt động và từ chối người lạ

## Trang của phép kiểm tra

checks-by-collector = { $title } (do máy thu thập thực hiện)
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
config-cpu = `budget.cpu` phải từ 1 giây đến 6 giờ bộ xử lý. Hãy ghi, ví dụ "5m".
config-memory = `budget.memory_mib` phải từ 16 đến 4096. Hãy ghi, ví dụ 80.
config-capability = `guest.capabilities` có “{ $value }”, là quyền mà tác tử không bao giờ nhận. Tác tử chỉ nhận CAP_NET_ADMIN, CAP_SYS_PTRACE và CAP_AUDIT_CONTROL.
config-capability-for-nothing = `guest.capabilities` cấp { $value } mà không nêu phép kiểm tra nào. Hãy nêu các phép kiểm tra cần quyền này, ví dụ ["net.open-ports"].
config-port-zero = `[declared]` ghi cổng 0. Hãy ghi cổng từ 1 đến 65535.
config-not-an-ip = `declared.approved_dns` có “{ $value }”, không phải là địa chỉ IP. Hãy ghi địa chỉ IP của máy phân giải.
config-endpoint-path = Điểm truy cập { $endpoint }: `path` không bắt đầu bằng “/”. Ví dụ: "/login".
config-endpoint-realm = Điểm truy cập { $endpoint }: `path` của realm Keycloak phải kết thúc bằng “/realms/TÊN”. Ví dụ: "/realms/coquan".
config-endpoint-file = Điểm truy cập { $endpoint }: `password_file` hoặc `config_file` không phải đường dẫn tuyệt đối. Hãy bắt đầu bằng “/”.
config-endpoint-not-authorised = Điểm truy cập { $endpoint }: tài khoản thử chỉ được dùng khi có `authorisation`. Hãy ghi ai cho phép thử đăng nhập, ví dụ số quyết định.
config-endpoint-no-login = Điểm truy cập { $endpoint }: loại này không có đăng nhập để thử. Hãy bỏ `test_account`, hoặc ghi kind là "web_login".
config-endpoint-start = Điểm truy cập { $endpoint }: thử đăng nhập với “oidc” cần `client`, với “saml” cần `start`; `start` và `origins` phải bắt đầu bằng “https://”, `address` phải là địa chỉ IP, và `path` của `login_api` phải bắt đầu bằng “/”.
config-world-writable = Cảnh báo: mọi người dùng đều sửa được tệp này. Hãy chạy “chmod o-w” với tệp.

man-failed = Không ghi được các trang hướng dẫn vào { $dir }: { $detail }. Hãy chỉ một thư mục mà bạn được ghi.

## Đăng ký và danh tính

run-already = Đã có một capdo-agent khác đang chạy trên { $folder }, có lẽ là dịch vụ (systemctl status capdo-agent). Hãy dừng tiến trình đó trước: hai tác tử cùng chạy sẽ bị tính là dấu hiệu bất thường của máy chủ này.
identity-none = Máy chủ này chưa có danh tính ({ $file }). Hãy chạy “capdo-agent enroll” với mã đăng ký đã được cấp.
identity-exists = Máy chủ này đã có danh tính ({ $file }). Thêm --force để cấp lại; ở bộ thu thập đã đăng ký, máy vẫn là máy chủ cũ.
identity-io = { $file }: { $detail }. Hãy chạy lệnh bằng tài khoản chạy dịch vụ, hoặc bằng root.
identity-broken = Không dùng được { $file }: { $detail }. Hãy đăng ký lại với --force.
identity-crypto = Không tạo hoặc không đọc được khóa: { $detail }.

## TPM

tpm-absent = Không có TPM tại { $tpm }. Nếu TPM bị tháo hoặc bị tắt, hãy lắp hoặc bật lại; nếu đã mất hẳn, máy chủ cần khóa mới: xin cán bộ phụ trách mã đăng ký dành cho máy chủ này rồi chạy “capdo-agent enroll --force”.
tpm-denied = Không được phép mở { $tpm }. Hãy thêm tài khoản chạy dịch vụ vào nhóm của thiết bị (usermod -aG tss capdo-agent) rồi khởi động lại dịch vụ.
tpm-no-device = { $tpm } không phải TPM: không phải thiết bị, cũng không phải socket. Hãy sửa `tpm` trong agent.toml.
tpm-io = Không dùng được TPM { $tpm }: { $detail }. Hãy xem thông báo của nhân hệ điều hành (dmesg) về tpm.
tpm-slow = TPM { $tpm } không trả lời kịp. Tác tử sẽ thử lại; nếu vẫn vậy, hãy khởi động lại máy.
tpm-busy = TPM { $tpm } đang bận vì chương trình khác. Tác tử sẽ thử lại.
tpm-answer = Thiết bị trả lời tại { $tpm } không trả lời như một TPM 2.0: { $detail }.
tpm-owner = TPM { $tpm } không cho tạo khóa: phân cấp chủ sở hữu có mật khẩu hoặc đã bị tắt. Hãy bỏ hạn chế đó, hoặc ghi `tpm = "off"` vào agent.toml rồi đăng ký lại.
tpm-lockout = TPM { $tpm } đang bị khóa sau quá nhiều lần chương trình nào đó nhập sai mật khẩu. Hãy chờ, hoặc nhờ người quản trị TPM mở khóa (tpm2_dictionarylockout -c).
tpm-foreign = Khóa của máy chủ không thuộc TPM { $tpm }: TPM đã bị xóa hoặc bị thay, hoặc các tệp này đến từ máy khác. Hãy xin cán bộ phụ trách mã đăng ký dành cho máy chủ này rồi chạy “capdo-agent enroll --force”.
tpm-refused = TPM { $tpm } từ chối với mã { $detail }. Lệnh “tpm2_rc_decode { $detail }” giải thích mã này.
tpm-off = Khóa của máy chủ nằm trong TPM, nhưng agent.toml ghi `tpm = "off"`. Hãy bỏ dòng đó, hoặc xin cán bộ phụ trách mã đăng ký dành cho máy chủ này rồi chạy “capdo-agent enroll --force”.
dial-address = “{ $address }” không phải là địa chỉ dạng MÁY:CỔNG.
dial-unreachable = Máy thu thập tại { $address } không trả lời: { $detail }. Hãy kiểm tra địa chỉ, mạng và tường lửa.
dial-untrusted = Nơi trả lời tại { $address } không phải là máy thu thập mà bạn tin cậy: { $detail }. Hãy đối chiếu dấu vân tay CA với máy thu thập; nếu khác nhau thì dừng lại.
dial-tls = Không lập được kết nối TLS 1.3 với { $address }: { $detail }. Hãy kiểm tra đây có đúng là cổng dành cho tác tử của máy thu thập.
enroll-ca = Không dùng được CA của máy thu thập: { $detail }. Hãy chỉ tệp PEM của CA, hoặc ghi 64 chữ số thập lục phân của SHA-256.
enroll-known = Máy này đã có danh tính ở bộ thu thập. Hãy đăng ký bằng thư mục trạng thái còn giữ khóa của máy (--force giữ nguyên danh tính), hoặc đề nghị cán bộ cấp mã đăng ký cho đúng máy chủ này. Nếu máy được nhân bản, trước hết hãy tạo machine-id riêng: xóa /etc/machine-id rồi chạy systemd-machine-id-setup.
enroll-token = Mã đăng ký không được chấp nhận: gõ sai, đã dùng, hoặc hết hạn. Hãy xin mã mới.
enroll-no-trust = Hãy nêu nơi tin cậy: --ca-sha256 với dấu vân tay mà máy thu thập hiển thị, hoặc --ca-file với chứng thư CA của máy thu thập; hoặc đặt một trong hai ở mục [collector] của cấu hình.
enroll-token-unread = Không đọc được mã đăng ký: { $detail }.
enroll-too-often = Máy thu thập tạm thời không nhận thêm lần thử nào. Hãy chờ vài phút rồi thử lại.
enroll-answer = Không dùng được câu trả lời của máy thu thập: { $detail }. Hãy kiểm tra phiên bản của máy thu thập và tác tử có đi với nhau không.
enroll-refused = Máy thu thập từ chối: { $detail }.
enroll-done = Đã đăng ký với { $collector }, mã máy chủ { $host }. Bây giờ hãy khởi động dịch vụ: systemctl enable --now capdo-agent
enroll-key-tpm = Khóa của máy chủ được tạo trong TPM ({ $tpm }) và không rời khỏi đó.
enroll-key-file = Khóa của máy chủ nằm trong tệp: agent.toml ghi không dùng TPM.
enroll-key-no-tpm = Khóa của máy chủ nằm trong tệp: không có TPM ({ $tpm }).
enroll-key-denied = Khóa của máy chủ nằm trong tệp: có TPM ({ $tpm }) nhưng tài khoản chạy dịch vụ không được phép mở. Để dùng TPM: usermod -aG tss capdo-agent; khóa sẽ chuyển vào TPM ở lần gia hạn chứng thư tiếp theo.

## Dịch vụ và tình trạng

spool-failed = Không dùng được { $file }: { $detail }. Hãy kiểm tra ổ đĩa và quyền truy cập; có thể chuyển tệp hỏng đi nơi khác, tác tử sẽ gửi lại toàn bộ.
status-not-enrolled = Máy chủ này chưa đăng ký. Vẫn chạy được “capdo-agent scan”; muốn có danh tính thì chạy “capdo-agent enroll”.
status-identity = Máy chủ: { $host }
status-certificate = Chứng thư: còn { $days } ngày
status-key-file = Khóa: trong tệp
status-key-tpm = Khóa: trong TPM { $tpm }
status-down = Dịch vụ: không chạy (systemctl status capdo-agent)
status-connecting = Dịch vụ: đang chạy, chưa có phiên với { $collector }
status-connected = Dịch vụ: đang chạy, đang có phiên với { $collector }
status-carried = Dịch vụ: đang chạy; lượt chạy được mang bằng tệp (capdo-agent export)
status-error = Trục trặc gần nhất: { $detail }
status-spool-error = Không ghi được vào ổ đĩa: { $detail }
status-disk-full = Ổ đĩa chứa thư mục trạng thái đã đầy: chỉ lượt chạy mới nhất được giữ trong bộ nhớ. Hãy giải phóng dung lượng.
status-disk-read-only = Thư mục trạng thái đang được gắn ở chế độ chỉ đọc: chỉ lượt chạy mới nhất được giữ trong bộ nhớ. Hãy kiểm tra ổ đĩa và gắn lại ở chế độ ghi được.
status-stuck = MỘT LƯỢT CHẠY KHÔNG KẾT THÚC: bắt đầu lúc { $at }. Có thành phần của máy chủ không phản hồi, ví dụ ổ đĩa hỏng; chừng nào còn như vậy thì không ghi nhận được gì mới. systemd sẽ khởi động lại dịch vụ.
status-clock-ahead = Đồng hồ của máy chủ này nhanh hơn máy thu thập { $seconds } giây. Hãy chỉnh lại: thời điểm của bằng chứng được ghi theo đồng hồ này.
status-clock-behind = Đồng hồ của máy chủ này chậm hơn máy thu thập { $seconds } giây. Hãy chỉnh lại: thời điểm của bằng chứng được ghi theo đồng hồ này.
status-given-up = Số lượt chạy mà máy thu thập không bao giờ nhận được: { $runs }. Các lượt này đã bị bỏ vì thiếu chỗ, hoặc bị từ chối; máy thu thập được báo về việc đó.
status-no-run = Lượt chạy gần nhất: chưa có
status-last-run = Lượt chạy gần nhất: { $at }, số { $counter }, { $findings } kết quả
status-cost = Chi phí của lượt này: { $cpu } ms bộ xử lý, nhiều nhất { $rss } MiB bộ nhớ
status-cost-limited = Chi phí của lượt này: { $cpu } ms bộ xử lý (hạn mức { $cpu_limit } giây), nhiều nhất { $rss } MiB bộ nhớ (hạn mức { $rss_limit } MiB)
status-over-budget = VƯỢT HẠN MỨC: { $checks } phép kiểm tra không được thực hiện, hoặc không đến cùng. Các phép này tính là chưa đánh giá được; hãy nâng [budget] trong agent.toml, hoặc tìm xem việc gì tốn nhiều đến vậy.
status-guest-user = Chạy bằng tài khoản: { $user ->
    [root] root (tệp unit dành cho dịch vụ một tài khoản riêng)
   *[own] tài khoản số { $uid }, không phải root
  }
status-guest-capabilities = Quyền: { $names }
status-guest-no-capabilities = không có thêm quyền nào ngoài quyền của tài khoản
status-guest-no-new-privs = Không nhận thêm quyền (no_new_privs): { $in_force ->
    [yes] có hiệu lực
   *[no] KHÔNG có hiệu lực
  }
status-guest-landlock = Giới hạn ghi tệp, chạy chương trình và mở cổng (Landlock): { $abi ->
    [0] KHÔNG có hiệu lực; nhân hệ điều hành không có, hoặc tính năng này bị tắt hay bị chặn
   *[other] có hiệu lực, phiên bản { $abi }{ $ports ->
        [no] ; việc mở cổng chỉ bị bộ lọc lời gọi hệ thống từ chối
       *[yes] { "" }
    }
  }
status-guest-seccomp = Bộ lọc lời gọi hệ thống (seccomp): { $in_force ->
    [yes] có hiệu lực
   *[no] KHÔNG có hiệu lực
  }
status-guest-priority = Mức ưu tiên: nice { $nice }, đọc đĩa { $idle ->
    [yes] chỉ khi đĩa rảnh
   *[no] sau các tiến trình khác
  }
status-last-ack = Máy thu thập nhận gần nhất: { $at }
status-next-run = Lượt chạy tới: { $at }
status-spool-unread = Số lượt chạy chờ gửi: hiện chưa đọc được ({ $detail })
status-spool = Số lượt chạy chờ gửi: { $runs }

## Probe of TLS

probe-tls-none = Địa chỉ này không dùng TLS.
probe-tls-greets = Dịch vụ chào theo giao thức { $protocol }, chỉ chuyển sang TLS khi được yêu cầu. Hãy thử --starttls { $protocol }.
probe-tls-versions = Phiên bản
probe-tls-offered = có chấp nhận
probe-tls-refused = không chấp nhận
probe-tls-unclear = không rõ
probe-tls-not-asked = chưa hỏi
probe-tls-suites = Bộ mã của { $version } ({ $order }; độ mạnh tính bằng bit)
probe-tls-order-server = theo thứ tự máy chủ ưu tiên
probe-tls-order-client = theo thứ tự của máy khách
probe-tls-order-unclear = không rõ theo thứ tự của bên nào
probe-tls-anonymous = không xác thực ai
probe-tls-weak = yếu
probe-tls-old = lạc hậu
probe-tls-no-fs = không có bí mật chuyển tiếp
probe-tls-cbc = không phải AEAD
probe-tls-exchange = Trao đổi khóa và chữ ký
probe-tls-groups = Nhóm của TLS 1.3
probe-tls-curves = Đường cong của TLS 1.2 trở về trước
probe-tls-dh = Nhóm Diffie-Hellman, số bit
probe-tls-signatures = Chữ ký
probe-tls-alpn = Giao thức bên trên (ALPN)
probe-tls-traits = Đặc điểm
probe-tls-compression = Nén dữ liệu
probe-tls-renegotiation = Đàm phán lại an toàn
probe-tls-client-renegotiation = Máy khách được đàm phán lại
probe-tls-fallback = Từ chối bị ép hạ phiên bản
probe-tls-ems = Extended master secret
probe-tls-etm = Encrypt-then-MAC
probe-tls-tickets = Vé phiên
probe-tls-ids = Mã phiên
probe-tls-early = Dữ liệu sớm (0-RTT)
probe-tls-heartbeat = Heartbeat
probe-tls-sentinel = Có cảnh báo hạ phiên bản
probe-tls-tolerant = Chịu được giá trị lạ (GREASE)
probe-tls-opportunistic = Không có TLS vẫn dùng được
probe-tls-clear-login = Mời đăng nhập trước khi có TLS
probe-tls-unknown-name = Trả lời khi hỏi tên lạ
probe-tls-weaknesses = Lỗ hổng
probe-tls-vulnerable = CÓ LỖ HỔNG
probe-tls-sound = không có lỗ hổng
probe-tls-cut = Chưa được trả lời hết
probe-tls-part-certificates = Chứng thư
probe-tls-part-suites = Bộ mã của { $version }
probe-tls-asked = hỏi tên { $name }
probe-tls-asked-none = hỏi không kèm tên
probe-tls-chain = Chuỗi chứng thư { $number } ({ $asked })
probe-tls-root = Chứng thư gốc gửi kèm
probe-tls-issuer = Chứng thư trung gian
probe-tls-subject = Cấp cho
probe-tls-issued-by = Nơi cấp
probe-tls-issuer-says = Tên nơi cấp chỉ đến
probe-tls-known-national-root = tổ chức chứng thực gốc quốc gia (riêng cái tên không chứng minh được gì)
probe-tls-known-government = tổ chức chứng thực chuyên dùng Chính phủ (riêng cái tên không chứng minh được gì)
probe-tls-known-public = tổ chức chứng thực công cộng của Việt Nam (riêng cái tên không chứng minh được gì)
probe-tls-names = Tên
probe-tls-validity = Hiệu lực
probe-tls-valid = từ { $from } đến { $until }, còn { $left } ngày
probe-tls-expired = ĐÃ HẾT HẠN từ { $until }
probe-tls-not-yet = CHƯA có hiệu lực, chỉ từ { $from }
probe-tls-key = Khóa
probe-tls-hash = Hàm băm của chữ ký
probe-tls-usage = Mục đích của khóa
probe-tls-is-ca = được ký chứng thư khác (là nơi cấp)
probe-tls-not-server = không dành cho máy chủ
probe-tls-serial = Số hiệu
probe-tls-fingerprint = Dấu vân tay (SHA-256)
probe-tls-spki = Khóa công khai (SHA-256)
probe-tls-scts = Minh bạch chứng thư, gắn kèm
probe-tls-ocsp = OCSP
probe-tls-crl = Danh sách thu hồi
probe-tls-trust = Được tin cậy bởi
probe-tls-store-public = danh sách gốc công cộng của Mozilla
probe-tls-store-agency = nơi cấp do cơ quan khai báo
probe-tls-store-system = kho của chính máy chủ này
probe-tls-anchor = Chứng thư gốc
probe-tls-self-signed = tự ký: không nơi nào khác chứng nhận
probe-tls-serial-bits = { $serial } ({ $bits } bit)
probe-tls-lifetime = Thời hạn
probe-tls-too-long = { $days } ngày, dài hơn { $limit } ngày mà trình duyệt cho phép với chứng thư công cộng cấp vào ngày ấy
probe-tls-alert = từ chối (mã cảnh báo { $code })
probe-tls-unknown-name-same-chain = vẫn chuỗi chứng thư ấy
probe-tls-unknown-name-other-chain = một chuỗi chứng thư khác
probe-tls-problem-unknown-issuer = không biết nơi cấp
probe-tls-problem-expired-issuer = chứng thư của nơi cấp đã hết hạn
probe-tls-problem-issuer-not-valid-yet = chứng thư của nơi cấp chưa có hiệu lực
probe-tls-problem-authority-used-as-server-certificate = chứng thư của nơi cấp được dùng làm chứng thư máy chủ
probe-tls-problem-server-certificate-used-as-authority = chứng thư máy chủ được dùng làm nơi cấp
probe-tls-problem-not-for-servers = không dành cho máy chủ
probe-tls-problem-name-constraint = tên nằm ngoài phạm vi mà nơi cấp được phép cấp
probe-tls-problem-chain-too-long = chuỗi quá dài
probe-tls-problem-bad-signature = chữ ký sai
probe-tls-problem-unknown-critical-extension = có phần mở rộng bắt buộc không nhận biết được
probe-tls-problem-old-certificate-version = chứng thư theo phiên bản cũ
probe-tls-problem-weak-or-unknown-algorithm = thuật toán yếu hoặc không nhận biết được
probe-tls-problem-invalid-chain = chuỗi không hợp lệ
probe-tls-problem-no-certificate = không có chứng thư
probe-tls-problem-unreadable = chứng thư không đọc được
probe-tls-untrusted = KHÔNG AI
probe-tls-name-matches = Mang đúng tên
probe-tls-shape = Chuỗi
probe-tls-shape-fine = đầy đủ và đúng thứ tự
probe-tls-out-of-order = sai thứ tự
probe-tls-incomplete = kết thúc ở một nơi cấp không được biết ở đây
probe-tls-duplicates = có chứng thư gửi hai lần
probe-tls-root-sent = gửi kèm chứng thư gốc, không cần thiết
probe-tls-extra = có chứng thư không thuộc chuỗi
probe-tls-unreadable = có chứng thư không đọc được
probe-tls-staple = Trả lời OCSP đính kèm
probe-tls-staple-none = không có
probe-tls-staple-must = không có, trong khi chứng thư bắt buộc phải có
probe-tls-staple-bad = không dùng được
probe-tls-staple-unsigned = không phải do nơi cấp ký
probe-tls-staple-old = đã quá hạn
probe-tls-staple-good = còn tốt
probe-tls-staple-revoked = ĐÃ BỊ THU HỒI
probe-tls-staple-unknown = nơi cấp không biết chứng thư này
probe-tls-grade = Xếp hạng theo hướng dẫn 2009r của SSL Labs
probe-tls-numbers = điểm { $total } (giao thức { $protocol }, trao đổi khóa { $exchange }, mã hóa { $cipher })
probe-tls-without-trust = Nếu không xét độ tin cậy và tên: { $letter }
probe-tls-unmeasured = Chưa đo được, có thể xấu hơn
probe-tls-mozilla = Cấu hình mẫu của Mozilla, bản 6.0
probe-tls-modern = Đạt cấu hình “modern”.
probe-tls-intermediate = Đạt cấu hình “intermediate”.
probe-tls-no-profile = Không đạt “modern” cũng không đạt “intermediate”.
probe-tls-not-modern = Chưa đạt modern
probe-tls-not-intermediate = Chưa đạt intermediate
probe-tls-note = Ghi chú
labs-score = Điểm là { $about }.
labs-ssl2 = Còn chấp nhận SSL 2.0.
labs-ssl3-only = Không chấp nhận gì mới hơn SSL 3.0.
labs-no-tls12 = Không chấp nhận gì mới hơn TLS 1.1.
labs-ssl3 = Còn chấp nhận SSL 3.0.
labs-old-tls = Còn chấp nhận TLS 1.0 hoặc 1.1.
labs-poodle = SSL 3.0 với bộ mã CBC (POODLE).
labs-anonymous = Bộ mã không xác thực: { $about }.
labs-export = Bộ mã bị làm yếu để xuất khẩu: { $about }.
labs-weak = Bộ mã dưới 112 bit: { $about }.
labs-rc4-new = RC4 trong TLS 1.1 trở lên: { $about }.
labs-rc4 = RC4: { $about }.
labs-sweet32 = Mã có khối ngắn trong TLS 1.1 trở lên (SWEET32): { $about }.
labs-no-aead = Không có bộ mã AEAD nào.
labs-no-fs = Không có bộ mã nào bảo đảm bí mật chuyển tiếp.
labs-beast = Bộ mã CBC trong TLS 1.0 trở về trước (BEAST).
labs-key-exchange = Trao đổi khóa hoặc một khóa yếu.
labs-heartbleed = Heartbleed (CVE-2014-0160).
labs-ccs = Chèn CCS (CVE-2014-0224).
labs-ticketbleed = Ticketbleed (CVE-2016-9244).
labs-robot = ROBOT: lộ lỗi đệm RSA.
labs-drown = SSL 2.0 với RSA (DROWN).
labs-crime = Nén dữ liệu (CRIME).
labs-md5 = Có chữ ký dựa trên MD2 hoặc MD5.
labs-exponent = Có khóa RSA với số mũ 1.
labs-sha1 = Có chữ ký dựa trên SHA-1.
labs-self-signed = Chứng thư tự ký.
labs-untrusted = Không ai bảo đảm cho chuỗi: { $about }.
labs-expired = Có chứng thư nằm ngoài thời hạn hiệu lực.
labs-revoked = Chứng thư đã bị thu hồi.
labs-name = Chứng thư không mang tên này.
labs-incomplete = Chuỗi chứng thư không đầy đủ.
labs-no-tls13 = Không chấp nhận TLS 1.3.
labs-renegotiation = Không có đàm phán lại an toàn.
labs-hsts = Không có HSTS, hoặc HSTS ngắn hơn sáu tháng.
labs-hsts-unknown = Chưa hỏi HSTS nên không thể xếp A+.
mozilla-version = Phiên bản cũ: { $about }.
mozilla-no-tls13 = Không chấp nhận TLS 1.3.
mozilla-unclear = Không rõ: { $about }.
mozilla-suite = Bộ mã yếu hơn: { $about }.
mozilla-group = Nhóm yếu hơn: { $about }.
mozilla-compression = Đang bật nén dữ liệu.
mozilla-key = Khóa chưa đủ: { $about }.
mozilla-hash = Chữ ký dựa trên { $about }.
mozilla-lifetime = Chứng thư có thời hạn { $about } ngày; tối đa là 366, nên là 90.
mozilla-hsts = HSTS ngắn hơn hai năm.
mozilla-hsts-unknown = Chưa hỏi HSTS.
mozilla-no-post-quantum = Không có nhóm nào chống được máy tính lượng tử (X25519MLKEM768).

## Backups

backup-stores = Các nơi lưu bản sao lưu:
backup-no-stores = Không thấy nơi lưu bản sao lưu nào trên máy này.
backup-store = { $path }: { $form }, { $count } bản, bản mới nhất { $newest } theo { $by ->
    [record] ghi nhận của chính công cụ
   *[file] thời gian của tệp
}
backup-store-empty = { $path }: { $form }, không có bản nào
backup-gap = Chưa xem được: { $detail }
backup-tests = Các lần khôi phục thử đã ghi:
backup-no-tests = Chưa ghi lần khôi phục thử nào.
backup-test = { $date }: { $target }, { $result ->
    [ok] khôi phục được
   *[failed] KHÔNG THÀNH CÔNG
}, { $compared ->
    [yes] đã so sánh với bản gốc
   *[no] không so sánh
}, người thực hiện: { $by }
backup-recorded = Đã ghi: khôi phục thử ngày { $date }, { $target }.
backup-compared = Đã so sánh: { $files } tệp, { $bytes } byte, giống nhau.
backup-not-equal = Bản khôi phục không giống bản gốc. Chưa ghi gì; hãy ghi lần thử này với --result failed.
backup-same-place = Bản gốc và bản khôi phục là cùng một tệp. Hãy khôi phục vào thư mục khác rồi so sánh lại.
backup-nothing-compared = Không có gì để so sánh: bản gốc không có dữ liệu.
backup-unreadable = Không đọc được { $path }: { $detail }
backup-future = { $date } là ngày trong tương lai. Hãy ghi đúng ngày đã khôi phục thử.
backup-no-target = Hãy cho biết đã khôi phục từ đâu bằng --target, ví dụ thư mục hoặc địa chỉ nơi lưu.
backup-no-name = Hãy cho biết người thực hiện bằng --by.
backup-record-broken = Không dùng được { $path }: { $detail }. Hãy chuyển tệp này đi nơi khác và giữ lại; lần thử tiếp theo sẽ mở sổ ghi mới.
backup-record-unwritable = Không ghi được { $path }: { $detail }. Hãy chạy lệnh này bằng quyền root.

## Điểm một chiều

carry-request-done = Yêu cầu nằm trong { $file }. Mang tệp tới máy thu thập rồi chạy ở đó: capdo-collector host enroll-offline --system HỆ-THỐNG --out GIẤY-CẤP { $file }
carry-grant-done = Đã đăng ký là máy chủ { $host } ở điểm một chiều. Khởi động dịch vụ (systemctl enable --now capdo-agent); dịch vụ quan sát, “capdo-agent export” ghi các lượt chạy vào tệp.
carry-file = Không dùng được { $file }: { $detail }
carry-frame = Không dùng được { $file }: { $detail }. Hãy chép lại từ máy thu thập.
carry-kind = { $file } không phải tệp cần ở đây. Khi đăng ký cần giấy cấp do host enroll-offline ghi; lệnh “receipt” cần biên nhận do import ghi, cùng tệp .sig bên cạnh.
carry-signature = { $file } không có chữ ký của CA được tin cậy ở đây. Hãy kiểm tra dấu vân tay CA của máy thu thập và chép lại tệp từ máy thu thập.
carry-no-request = Giấy cấp không trả lời yêu cầu nào đang chờ ở đây. Hãy chạy “capdo-agent enroll --offline-request TỆP” và mang tệp đó tới máy thu thập.
carry-connects = Máy chủ này kết nối tới máy thu thập; lượt chạy không được mang bằng tệp. Với điểm một chiều, hãy đăng ký bằng “capdo-agent enroll --offline-request TỆP --force”.
carry-nothing = Không có lượt chạy nào chờ được mang đi. Không ghi gì.
carry-no-state = Chưa có lượt chạy nào để ghi trạng thái. Hãy khởi động dịch vụ và chờ lượt đầu tiên.
carry-other-host = { $file } là biên nhận của máy chủ khác.
carry-other-state = { $file } nói về một trạng thái khác với trạng thái mà máy chủ này đã ký. Không lượt nào được coi là xong; hãy ghi toàn bộ trạng thái: capdo-agent export --whole
export-not-kept = Dịch vụ không lưu được các lượt chạy nên sẽ không bao giờ có lượt nào chờ: { $detail }. Hãy khắc phục trước (capdo-agent status).
export-down = Dịch vụ không chạy nên sẽ không bao giờ có lượt nào chờ. Hãy khởi động dịch vụ (systemctl start capdo-agent) và xem vì sao không chạy: systemctl status capdo-agent
export-done = { $file }: { $runs } lượt chạy ({ $from } đến { $to }), { $findings } kết quả, { $bytes } byte. Mang tới máy thu thập: capdo-collector import { $file }
export-done-gaps = { $file }: { $runs } lượt chạy ({ $from } đến { $to }), { $findings } kết quả, { $bytes } byte. Các lượt cũ hơn đã bị bỏ vì thiếu chỗ; máy thu thập sẽ ghi nhận quãng trống. Mang tệp tới máy thu thập: capdo-collector import { $file }
receipt-done = Máy thu thập đã giữ mọi thứ đến lượt chạy { $counter }; { $runs } lượt được coi là xong.
