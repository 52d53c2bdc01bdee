# Mọi câu mà dòng lệnh của máy thu thập và các lỗi của nó nói với người đọc.

## Dòng lệnh

cli = Nhận những gì tác tử capdo quan sát được, tự đánh giá lại, chấm điểm và hiển thị.
    .lang = Ngôn ngữ hiển thị: vi hoặc en. Nếu bỏ trống thì lấy theo LC_ALL, LC_MESSAGES hoặc LANG; mặc định là tiếng Việt.
    .data = Thư mục chứa kho dữ liệu và CA. Mặc định: /var/lib/capdo-collector.
    .config = Tệp cấu hình. Mặc định: /etc/capdo/collector.toml nếu có, nếu không thì collector.toml trong thư mục dữ liệu; thư mục nêu bằng --data thì dùng tệp của chính nó trước.
    .json = In JSON.
    .after = Mã thoát:
        {"  "}0   đã làm xong
        {"  "}1   không làm được; với verify: có chỗ không đúng
        {"  "}2   verify: không kết luận được
        {"  "}64  sai dòng lệnh hoặc sai cấu hình
cli-init = Chuẩn bị thư mục dữ liệu: kho dữ liệu, CA và tệp cấu hình.
    .names = Tên DNS hoặc địa chỉ IP mà tác tử dùng để gọi máy thu thập này. Có thể ghi nhiều lần.
    .pkcs11 = Mô-đun PKCS#11, ghi đường dẫn đầy đủ: khóa của CA được tạo trong thiết bị khóa và không bao giờ ra khỏi đó.
    .token = Nhãn của thiết bị khóa.
    .key = Nhãn đặt cho khóa. Mặc định: capdo CA.
    .pin_file = Tệp chứa mã PIN của thiết bị khóa; chỉ chủ sở hữu được đọc. Mặc định: thông tin bí mật ca-pin do systemd giao.
cli-serve = Chạy máy thu thập. Do systemd khởi động.
cli-score = Tính và hiện điểm của một hệ thống: bốn con số, kết luận từng cấp độ, việc nên làm trước.
    .system = Mã hoặc tên của hệ thống.
    .format = Ghi bảng điểm ra tệp: csv chỉ gồm các yêu cầu, xlsx gồm tất cả, pdf là báo cáo khổ A4 để in và lưu trữ.
    .out = Tệp cần ghi; tệp này phải chưa có.
cli-config = Xem cấu hình.
cli-config-check = Kiểm tra tệp cấu hình và nêu chỗ sai.
cli-ca = Cơ quan chứng thực (CA) của máy thu thập và việc thay thế.
cli-ca-list = Liệt kê các CA và những máy chủ chưa sẵn sàng cho CA kế tiếp.
cli-ca-show = Hiện một CA, chứng thư của CA và các máy chủ còn cần đến hoặc chưa nhận CA đó.
    .number = Số của CA. Mặc định: CA đang cấp chứng thư.
cli-ca-rotate = Tạo CA kế tiếp. Các tác tử được yêu cầu tin cậy CA này bên cạnh CA hiện tại; CA bắt đầu cấp chứng thư khi mọi máy chủ đang hoạt động đã xác nhận.
    .days = Sau bao nhiêu ngày thì CA bắt đầu cấp chứng thư dù còn máy chủ chưa xác nhận. Mặc định: 30.
cli-ca-promote = Cho CA kế tiếp cấp chứng thư ngay.
cli-ca-retire = Thôi tin cậy một CA cũ, hoặc một CA kế tiếp không dùng đến, và xóa tệp khóa của CA đó.
    .number = Số của CA.
    .force = Vẫn thực hiện dù có máy chủ bị ngắt cho đến khi quay lại bằng khóa của mình.
cli-agency = Cơ quan, đơn vị.
cli-agency-add = Thêm một cơ quan.
    .name = Tên cơ quan.
    .kind = Loại cơ quan: department (sở, ban, ngành), commune (UBND xã, phường), party (cơ quan Đảng), mass (đoàn thể) hoặc other (khác).
cli-agency-list = Liệt kê các cơ quan.
cli-agency-show = Hiện một cơ quan.
    .agency = Mã hoặc tên của cơ quan.
cli-agency-set = Đổi tên hoặc loại của cơ quan.
    .agency = Mã hoặc tên của cơ quan.
    .name = Tên mới.
    .kind = Loại mới: department, commune, party, mass hoặc other.
cli-agency-archive = Lưu trữ một cơ quan. Dữ liệu vẫn được giữ.
    .agency = Mã hoặc tên của cơ quan.
cli-system = Hệ thống thông tin.
cli-system-add = Thêm một hệ thống.
    .name = Tên hệ thống.
    .agency = Mã hoặc tên của cơ quan chủ quản.
    .level = Cấp độ đề xuất, từ 1 đến 5.
    .approved_level = Cấp độ được phê duyệt, từ 1 đến 5.
    .standard = Tiêu chuẩn dùng để đánh giá. Mặc định: tcvn-14423-2026; còn có tcvn-14423-2025 và tcvn-11930-2017.
    .dossier = Tình trạng hồ sơ: none (chưa lập), draft (đang lập), submitted (đã trình) hoặc approved (đã duyệt). Mặc định: none.
    .hosts = Số máy chủ của hệ thống. Mặc định: 1.
cli-system-list = Liệt kê các hệ thống.
    .agency = Chỉ các hệ thống của cơ quan có mã hoặc tên này.
cli-system-show = Hiện một hệ thống.
    .system = Mã hoặc tên của hệ thống.
cli-system-set = Sửa thông tin của một hệ thống.
    .system = Mã hoặc tên của hệ thống.
    .name = Tên mới.
    .level = Cấp độ đề xuất, từ 1 đến 5.
    .approved_level = Cấp độ được phê duyệt, từ 1 đến 5.
    .standard = Tiêu chuẩn dùng để đánh giá: tcvn-14423-2026, tcvn-14423-2025 hoặc tcvn-11930-2017.
    .dossier = Tình trạng hồ sơ: none, draft, submitted hoặc approved.
    .hosts = Số máy chủ của hệ thống.
cli-system-archive = Ngừng theo dõi một hệ thống. Dữ liệu vẫn được giữ.
    .system = Mã hoặc tên của hệ thống.
cli-host = Máy chủ.
cli-host-list = Liệt kê các máy chủ.
    .system = Chỉ các máy chủ của hệ thống có mã hoặc tên này.
cli-host-show = Hiện một máy chủ cùng chứng thư và các dấu hiệu bất thường.
    .host = Mã của máy chủ.
cli-host-findings = Liệt kê những gì tác tử quan sát được, theo đánh giá của máy thu thập này.
    .host = Mã của máy chủ.
    .format = Ghi kết quả ra tệp: csv chỉ gồm kết quả, xlsx có thêm thông tin về máy chủ, pdf là báo cáo khổ A4 để in và lưu trữ.
    .out = Tệp cần ghi; tệp này phải chưa có.
cli-host-disable = Không cho tác tử kết nối nữa. Máy chủ vẫn được tính.
    .host = Mã của máy chủ.
cli-host-enable = Cho tác tử kết nối trở lại, kể cả khi đang bị từ chối do vi phạm giao thức.
    .host = Mã của máy chủ.
cli-host-revoke = Thu hồi các chứng thư của máy chủ. Tác tử phải đăng ký lại.
    .host = Mã của máy chủ.
    .why = Lý do, để lưu hồ sơ.
cli-host-retire = Máy chủ không còn nữa: thu hồi chứng thư và thôi tính máy chủ này.
    .host = Mã của máy chủ.
cli-token = Mã đăng ký.
cli-token-add = Tạo mã đăng ký dùng một lần cho một máy chủ của hệ thống. Mã chỉ được in một lần.
    .system = Mã hoặc tên của hệ thống mà máy chủ mới đăng ký vào.
    .host = Mã của máy chủ đã mất khóa và cần được cấp khóa mới.
    .hours = Sau bao nhiêu giờ thì hết hạn, từ 1 đến 720. Mặc định: 24.
cli-token-list = Liệt kê các mã đăng ký, không kèm phần bí mật vì không ai còn giữ.
    .system = Chỉ các mã của hệ thống có mã hoặc tên này.
cli-token-revoke = Thu hồi một mã đăng ký chưa dùng.
    .token = Mã số của mã đăng ký.
cli-user = Người được đăng nhập.
cli-user-add = Thêm một người dùng.
    .login = Tên đăng nhập.
    .name = Họ và tên.
    .role = Quyền của người dùng: admin (quản trị), officer (cán bộ phụ trách), viewer (chỉ xem) hoặc sysadmin (quản trị máy chủ của một cơ quan).
    .agency = Mã hoặc tên của cơ quan mà người dùng thuộc về.
    .password_stdin = Đọc mật khẩu từ dòng đầu của đầu vào chuẩn. Nếu không, mật khẩu được tạo và in một lần.
cli-user-list = Liệt kê người dùng.
cli-user-password = Đặt mật khẩu mới. Mọi phiên của người dùng kết thúc.
    .login = Tên đăng nhập.
    .password_stdin = Đọc mật khẩu từ dòng đầu của đầu vào chuẩn. Nếu không, mật khẩu được tạo và in một lần.
cli-user-disable = Khóa một người dùng. Mọi phiên của người dùng kết thúc.
    .login = Tên đăng nhập.
cli-user-enable = Mở khóa một người dùng.
    .login = Tên đăng nhập.
cli-completions = In phần tự hoàn thành lệnh cho trình bao.
    .shell = Trình bao nào: bash, fish hoặc zsh.
cli-man = Ghi các trang hướng dẫn (man).
    .dir = Thư mục để ghi.

usage-man-failed = Không ghi được các trang hướng dẫn vào { $dir }: { $detail }. Hãy chỉ một thư mục mà bạn được ghi.

## Bảng

head-agent = TÁC TỬ
head-check = PHÉP KIỂM TRA
head-expires = HẾT HẠN
head-fingerprint = SHA-256
head-fix = VIỆC
head-gain = ĐIỂM TĂNG
head-gate = KẾT LUẬN
head-hosts = MÁY CHỦ
head-id = MÃ
head-kind = LOẠI
head-last-seen = LIÊN LẠC CUỐI
head-level = CẤP ĐỘ
head-login = TÊN ĐĂNG NHẬP
head-name = TÊN
head-open-controls = YÊU CẦU CHƯA ĐẠT
head-os = HỆ ĐIỀU HÀNH
head-role = VAI TRÒ
head-score = ĐIỂM
head-since = TỪ
head-standard = TIÊU CHUẨN
head-state = TRẠNG THÁI
head-subject = ĐỐI TƯỢNG
head-system = HỆ THỐNG
head-title = NỘI DUNG
head-verdict = KẾT LUẬN
head-where = Ở ĐÂU

agency-kind-department = sở, ban, ngành
agency-kind-commune = UBND xã, phường
agency-kind-party = cơ quan Đảng
agency-kind-mass = đoàn thể
agency-kind-other = khác
dossier-none = chưa lập
dossier-draft = đang lập
dossier-submitted = đã trình
dossier-approved = đã duyệt
gate-met = Đạt
gate-partly = Một phần
gate-not-met = Chưa đạt
host-state-active = hoạt động
host-state-disabled = tạm ngừng
host-state-retired = đã bỏ
integrity-check-vanished = phép kiểm tra từng chạy nay không chạy nữa hoặc không cho kết quả
integrity-claim-mismatch = bằng chứng không khớp với kết luận mà tác tử khai
integrity-counter-jumped = số đếm của lượt chạy nhảy quá xa
integrity-counter-replayed = số đếm của lượt chạy không tăng
integrity-counter-skipped = thiếu lượt chạy mà tác tử không giải trình
integrity-counter-went-back = số đếm của tác tử lùi lại: ổ đĩa đã được phục hồi hoặc sao chép
integrity-digest-mismatch = dữ liệu gửi về không cho ra giá trị băm đã ký
integrity-events-not-kept = dấu hiệu cùng loại nhiều hơn mức lưu riêng từng mục: phần còn lại chỉ được đếm
integrity-machine-changed = mã máy đã khác: danh tính bị sao chép
integrity-misbehaved = vi phạm giao thức: bên gửi có thể không phải tác tử
integrity-nonce-mismatch = số ngẫu nhiên không phải của máy chủ này
integrity-observation-refused = quan sát không đúng như phần khai kèm theo
integrity-runs-missing = có lượt chạy chưa từng được chuyển tới: tệp tiếp nối sau một quãng trống
integrity-outside-contradiction = nhìn từ bên ngoài, máy chủ khác với điều tác tử khai
integrity-self-contradiction = dữ liệu gửi về tự mâu thuẫn
integrity-sent-too-much = máy chủ gửi nhiều hơn mức cho phép
integrity-signature-invalid = chữ ký của lượt chạy không đúng
integrity-two-streams = một danh tính có hai kết nối cùng lúc
integrity-unknown-binary = chương trình tác tử không thuộc bản phát hành nào đã đăng ký
integrity-was-judged-now-not-applicable = nội dung từng được đánh giá nay lại báo là không áp dụng
role-admin = quản trị
role-officer = cán bộ phụ trách
role-viewer = chỉ xem
role-sysadmin = quản trị máy chủ
token-state-open = chưa dùng
token-state-used = đã dùng
token-state-revoked = đã thu hồi
token-state-expired = hết hạn
user-state-active = hoạt động
user-state-disabled = đã khóa
verdict-pass = ĐẠT
verdict-partial = MỘT PHẦN
verdict-fail = KHÔNG ĐẠT
verdict-not-applicable = KHÔNG ÁP DỤNG
verdict-unknown = CHƯA RÕ

## Việc đã làm

done-table = Đã ghi: { $file }
done-entered = Đã thêm { $name }: { $id }
done-changed = Đã sửa { $name }.
done-archived = Đã lưu trữ { $name }.
done-removed = Đã gỡ { $name }.
done-revoked = Đã thu hồi { $id }.
done-user = Đã xong: { $login }.

agency-page =
    { $name }
    mã: { $id }
    loại: { $kind }
    thêm lúc: { $entered }
system-page =
    { $name }
    mã: { $id }
    cơ quan: { $agency }
    cấp độ: đề xuất { $proposed }, phê duyệt { $approved }
    hồ sơ: { $dossier }
    tiêu chuẩn: { $standard }
    số máy chủ khai báo: { $hosts }
system-not-approved = chưa có
system-no-level = Hệ thống cần có cấp độ: thêm --level với số từ 1 đến 5.
system-unknown-standard = Không có tiêu chuẩn “{ $id }”: hãy dùng một trong { $known }.

host-page =
    { $name }
    mã: { $id }
    hệ thống: { $system }
    trạng thái: { $state }, đăng ký lúc { $enrolled }
    số đếm của lượt chạy gần nhất được nhận: { $counter }
    khóa: { $key }
host-key-tpm = trong TPM của máy chủ (theo lời khai của máy chủ)
host-key-file = trong tệp
host-key-unknown = không khai
host-certificate = chứng thư { $serial }: có hiệu lực đến { $at }
host-certificate-revoked = chứng thư { $serial }: đã thu hồi lúc { $at }
host-gap = thiếu lịch sử từ { $first } đến { $last }: { $runs } lượt chạy không gửi về được
host-integrity = bất thường: { $kind } { $subject } ({ $count } lần, gần nhất { $at }): { $detail }
host-never-seen = chưa có
host-integrity-none = Không có dấu hiệu bất thường nào ở máy chủ này.
host-no-event = Máy chủ này không có dấu hiệu “{ $kind }” với đối tượng “{ $subject }”. Xem “capdo-collector host integrity list HOST”; phép kiểm tra thì ghi bằng --subject.
host-acknowledged = { $name }: đã ghi nhận. Dấu hiệu vẫn được lưu, và sẽ mở lại nếu tái diễn.
host-acknowledged-by = { $who } đã xem xét lúc { $at }: { $why }
host-claim-mismatch = Tác tử khai { $claimed }; bằng chứng không khớp với kết luận đó.
host-disabled = Đã tạm ngừng { $name } ({ $id }): tác tử không kết nối được, máy chủ vẫn được tính.
host-enabled = Đã cho { $name } ({ $id }) hoạt động trở lại: tác tử sẽ tự kết nối trong vòng 10 phút; muốn ngay, hãy chạy trên máy chủ đó: systemctl restart capdo-agent
host-revoked = { $name } ({ $id }): đã thu hồi { $revoked } chứng thư; tác tử phải đăng ký lại.
host-retired = Đã bỏ { $name } ({ $id }): thu hồi { $revoked } chứng thư và không còn tính máy chủ này.

token-made =
    Mã đăng ký cho một máy chủ của { $system }, dùng được đến { $until }; mã không hiện lại lần nữa:
    { $token }
    CA SHA-256: { $fingerprint }
token-made-for-host =
    Mã đăng ký để cấp khóa mới cho { $host } thuộc { $system }, dùng được đến { $until }; mã không hiện lại lần nữa. Khóa cũ của máy chủ hết hiệu lực khi mã được dùng:
    { $token }
    CA SHA-256: { $fingerprint }

user-password-made = { $login }: mật khẩu, không hiện lại lần nữa: { $password }
user-needs-agency = Quản trị máy chủ (sysadmin) phải thuộc một cơ quan: hãy thêm --agency.
user-has-no-agency = Người có vai trò admin hoặc officer không thuộc cơ quan nào: hãy bỏ --agency.
user-password-unread = Không đọc được mật khẩu từ đầu vào chuẩn: { $detail }. Hãy ghi mật khẩu ở dòng đầu.

## Điểm

score-table-failed = Không lập được bảng: { $detail }
score-table-file = Không ghi được { $file }: { $detail }. Hãy chọn một tệp chưa có, trong thư mục mà bạn được ghi.
score-title = { $standard }, cấp độ { $level }
score-numbers = Điểm { $score }   Độ phủ { $coverage }%   Miễn trừ { $exempt }%   Cấp độ đạt được: { $attained }
score-more = Trước khi miễn { $before }   { $enrolled } máy chủ có tác tử trên { $declared } máy chủ khai báo
score-contested = Không được tính trên { $host }: { $check }. Nhìn từ bên ngoài ở { $endpoint } ({ $time }): { $seen }; máy chủ khai { $claimed }
score-no-level = chưa có
score-fixes = { $count } việc tăng điểm nhiều nhất:
score-on-hosts = trên { $hosts } máy chủ
score-statement = cần kê khai
score-see-more = Vì sao cần và cách khắc phục: capdo-agent checks show { $check }

## Chuẩn bị

init-done = Đã chuẩn bị { $data }.
init-fingerprint = CA SHA-256: { $fingerprint }. Hãy đối chiếu khi đăng ký tác tử.
init-settings = Cấu hình: { $file }
init-kept = Cấu hình: { $file }, đã có sẵn và được giữ nguyên.
init-names-kept = Theo tệp đó, tác tử gọi máy thu thập này là { $names }. Muốn dùng tên khác thì sửa agents.names trong tệp.
init-next = Tiếp theo: capdo-collector agency add, system add, user add, serve.
init-folder = Không tạo được { $file }: { $detail }. Hãy chạy bằng tài khoản được ghi ở đó, hoặc chọn nơi khác bằng --data.
init-not-set-up = { $data } chưa được chuẩn bị. Hãy chạy “capdo-collector init --data { $data }”, hoặc chỉ đúng thư mục bằng --data.
init-token-kept = { $file } đã có và không nêu thiết bị khóa như vậy. Hãy ghi module, token, key và pin_file vào phần [ca] của tệp, hoặc xóa tệp, rồi chạy lại.

## Cấu hình

config-fine = { $file }: không thấy chỗ nào sai. Tác tử gọi { $names } tại { $agents }; trang web tại { $web }.
config-none = Không có { $file }; dùng các giá trị mặc định. Tác tử gọi { $names } tại { $agents }; trang web tại { $web }.
config-at = { $file }, dòng { $line }
config-read = { $file }: không đọc được ({ $detail }). Hãy tạo tệp này, hoặc chỉ tệp khác bằng --config.
config-unknown-key = không có khóa `{ $key }`. Có phải ý bạn là `{ $nearest }`?
config-bad-value = khóa `{ $key }` không nhận giá trị này ({ $detail }). Hãy sửa lại.
config-syntax = không đúng cú pháp TOML ({ $detail }). Hãy sửa dòng này.
config-no-name = `agents.names` đang trống. Hãy ghi các tên mà tác tử dùng để gọi.
config-name = `agents.names` có “{ $value }”. Hãy ghi tên DNS hoặc địa chỉ IP.
config-interval = `agents.run_interval_s` phải từ { $least } đến { $most }.
config-jitter = `agents.run_jitter_s` lớn hơn `agents.run_interval_s`. Hãy giảm xuống.
config-zero = `{ $key }` bằng 0 nên không ai kết nối được. Hãy ghi từ 1 trở lên.
config-token = `ca.module` và `ca.token` đi cùng nhau, và mô-đun phải ghi đường dẫn đầy đủ. Hãy ghi cả hai hoặc bỏ cả hai.
config-sweep = `assess.sweep_s` nhỏ hơn 10. Hãy ghi từ 10 trở lên.
config-max-age = `assess.max_age_days` phải từ 1 đến 366.
config-clear-text = Máy khác truy cập được `web.listen` mà không có TLS. Hãy đặt `web.tls = true`, hoặc dùng 127.0.0.1 sau một máy chủ trung gian có TLS.
config-log-filter = `log.filter` là “{ $value }”, không hiểu được. Hãy ghi một mức như "info", hoặc "info,sqlx=warn".

## Cơ quan chứng thực

authority-state-current = ĐANG CẤP
authority-state-next = KẾ TIẾP
authority-state-previous = CÒN TIN CẬY
authority-state-retired = ĐÃ THÔI DÙNG
authority-made = Đã tạo CA { $number }; các tác tử được yêu cầu tin cậy CA này. CA bắt đầu cấp chứng thư khi mọi máy chủ đang hoạt động đã xác nhận, muộn nhất từ { $until }. Xem “capdo-collector ca list”.
    SHA-256: { $fingerprint }
authority-promoted = Từ nay CA { $number } cấp chứng thư. Các tác tử tự gia hạn; khi “ca show” không còn nêu máy chủ nào cần CA cũ, hãy thôi dùng CA cũ.
    SHA-256: { $fingerprint }
authority-retired = Đã thôi dùng CA { $number } và xóa tệp khóa. Khóa nằm trong thiết bị thì vẫn ở đó: hãy xóa bằng công cụ của thiết bị.
authority-page = CA { $number }, { $state }, tạo ngày { $made }
    SHA-256: { $fingerprint }
authority-key-file = Khóa: tệp { $file } trong thư mục dữ liệu
authority-key-token = Khóa: trong thiết bị khóa
authority-not-ready = Các máy chủ chưa xác nhận ({ $count }): { $names }
authority-needed-by = Các máy chủ còn cần CA này ({ $count }): { $names }

## Danh tính

identity-ca-exists = { $file } đã có: thư mục này đã được chuẩn bị. Hãy chọn thư mục khác bằng --data.
identity-ca-has-next = CA { $number } đã được tạo và đang chờ. Hãy cho CA đó cấp chứng thư, hoặc thôi dùng, rồi mới tạo CA khác.
identity-ca-has-previous = CA { $number } vẫn còn được tin cậy. Hãy thôi dùng CA đó rồi mới tạo CA khác.
identity-ca-left-behind = { $count } máy chủ sẽ bị ngắt: { $names }. Hãy chờ các máy này kết nối, hoặc thêm --force: khi kết nối lại, chúng quay lại bằng khóa của mình.
identity-ca-no-next = Chưa có CA kế tiếp. Hãy tạo bằng “capdo-collector ca rotate”.
identity-ca-not-retirable = CA { $number } đang cấp chứng thư hoặc đã thôi dùng. Chỉ thôi dùng được CA cũ hoặc CA kế tiếp.
identity-certificate = Không đọc được chứng thư của CA trong kho dữ liệu. Hãy phục hồi bản sao lưu gần nhất.
identity-hsm-absent = Khóa của CA nằm trong thiết bị khóa, nhưng chương trình này được dựng không có PKCS#11. Hãy cài gói thông thường.
identity-hsm-failed = Thiết bị khóa của CA gặp lỗi: { $detail }. Hãy kiểm tra thiết bị đã cắm và tài khoản này được phép dùng.
identity-hsm-last-try = Chỉ còn một lần thử trước khi thiết bị khóa “{ $token }” bị khóa, nên không thử nữa. Hãy đăng nhập một lần bằng công cụ của thiết bị với mã PIN đúng rồi thử lại.
identity-hsm-locked = Thiết bị khóa “{ $token }” đã bị khóa. Hãy mở bằng công cụ của thiết bị với mã PIN của người quản trị an ninh.
identity-hsm-module = Không nạp được mô-đun PKCS#11 { $file }: { $detail }. Hãy cài phần mềm của thiết bị khóa, hoặc sửa ca.module.
identity-hsm-no-key = Thiết bị khóa “{ $token }” không có khóa của CA này. Hãy cắm đúng thiết bị, hoặc phục hồi bản sao lưu của thiết bị.
identity-hsm-no-token = Không khe nào có thiết bị khóa “{ $token }”. Hãy cắm thiết bị, hoặc sửa ca.token.
identity-hsm-pin-file = Không đọc được mã PIN từ { $file }: { $detail }. Hãy chỉ cho tài khoản của máy thu thập đọc tệp này (chmod 600), hoặc sửa ca.pin_file.
identity-hsm-pin = Thiết bị khóa “{ $token }” từ chối mã PIN trong { $file }. Mã này không được thử lại cho đến khi tệp thay đổi: hãy ghi mã PIN đúng vào đó.
identity-hsm-slow = Thiết bị khóa của CA không trả lời kịp. Hãy kiểm tra thiết bị và phần mềm của nó; việc này sẽ được thử lại.
identity-hsm-unset = Khóa của CA nằm trong thiết bị khóa, nhưng cấu hình không nêu thiết bị nào. Hãy ghi phần [ca].
identity-fallen = Máy chủ đã bị vô hiệu hóa hoặc danh tính đã bị thu hồi nên chứng thư không được gia hạn. Hãy đăng ký lại bằng mã ghi danh dành cho máy đó.
identity-clock = Đồng hồ của máy thu thập chỉ thời điểm trước khi CA được tạo nên không cấp chứng thư. Hãy chỉnh lại đồng hồ.
identity-csr = Không nhận yêu cầu cấp chứng thư: { $detail }. Hãy gửi PKCS#10 với khóa ECDSA P-256.
identity-key-gone = Thiếu khóa của CA: không có { $file }. Hãy đặt lại khóa từ nơi lưu giữ, chỉ chủ sở hữu được đọc (chmod 600); không có khóa thì không máy chủ nào kết nối được.
identity-file = Không dùng được { $file }: { $detail }. Hãy chạy “capdo-collector init”, hoặc kiểm tra chủ sở hữu của thư mục.
identity-make = Không tạo được chứng thư: { $detail }. Hãy kiểm tra agents.names và các tệp của CA.
identity-open-key = Người khác ngoài chủ sở hữu đọc được { $file }. Hãy chạy “chmod 600” với tệp này.
identity-other-key = Khóa của CA và chứng thư của CA không khớp nhau. Hãy phục hồi cả hai từ cùng một bản sao lưu.
identity-password = Không nhận mật khẩu: { $why ->
        [short] ngắn hơn 12 ký tự. Hãy chọn mật khẩu dài hơn.
        [long] dài hơn 256 byte. Hãy chọn mật khẩu ngắn hơn.
       *[other] không băm được. Hãy thử lại.
    }
identity-random = Hệ điều hành không cấp được số ngẫu nhiên: { $detail }. Hãy thử lại.
identity-tls = Không thiết lập được TLS: { $detail }. Hãy kiểm tra các tệp của CA trong thư mục dữ liệu.
identity-known = Máy này đã có danh tính. Hãy đăng ký bằng thư mục trạng thái cũ của máy, hoặc đề nghị cán bộ cấp mã đăng ký cho đúng máy chủ này (capdo-collector token add --host MÃ). Nếu máy được nhân bản từ máy khác, trước hết hãy tạo machine-id riêng cho máy.
identity-too-many = Quá nhiều lượt đăng ký cùng lúc: hãy thử lại sau một phút.
identity-token = Mã đăng ký không có hiệu lực: hãy xin mã mới.

## Khi đang chạy

serve-addresses =
    Tác tử: { $agents }
    Trang web: { $web }
serve-agents-failed = Máy phục vụ tác tử gặp lỗi: { $detail }. Hãy xem nhật ký rồi khởi động lại.
serve-web-failed = Máy phục vụ trang web gặp lỗi: { $detail }. Hãy xem nhật ký rồi khởi động lại.
serve-bind = Không mở được { $address }: { $detail }. Có thể chương trình khác đang dùng; hãy đặt { $key } thành địa chỉ khác.
serve-part-ended = Một phần của máy thu thập tự kết thúc: { $detail }. Hãy xem nhật ký rồi khởi động lại.
serve-runtime = Máy thu thập không khởi động được: { $detail }. Hãy kiểm tra giới hạn tiến trình và tệp của tài khoản này.

## Kho dữ liệu

store-damaged = { $what ->
        [authorisation] Văn bản cho phép
        [host] Máy chủ
        [observation] Quan sát
        [run] Lượt chạy
       *[system] Hệ thống
    } “{ $name }” trong kho dữ liệu bị hỏng: hãy phục hồi bản sao lưu gần nhất.
store-file = Không tạo được { $file }: { $detail }. Hãy cho tài khoản này quyền ghi vào thư mục.
store-migrate = Không nâng cấp được { $file }: { $detail }. Hãy dùng phiên bản đã ghi tệp này lần cuối, hoặc mới hơn.
store-not-found = Không có { $what ->
        [agency] cơ quan “{ $name }”
        [ca] CA “{ $name }”
        [authorisation] văn bản cho phép còn hiệu lực “{ $name }”
        [endpoint] điểm truy cập đang dùng “{ $name }”
        [host] máy chủ “{ $name }”
        [release] bản phát hành “{ $name }”
        [token] mã đăng ký chưa dùng “{ $name }”
        [user] người dùng “{ $name }”
       *[system] hệ thống “{ $name }”, hoặc có nhiều hệ thống cùng tên
    }. Xem danh sách bằng “capdo-collector { $what } list”.
store-no-record = { $file } do phiên bản chưa có sổ ghi nhận ghi lần cuối nên chưa có gì để xác minh. Hãy chạy một lệnh khác của phiên bản này trên thư mục đó (hoặc bản sao của nó), ví dụ “agency list”: lệnh đó mở sổ ghi nhận.
store-open = Không mở được { $file }: { $detail }. Hãy kiểm tra chủ sở hữu của tệp và tình trạng ổ đĩa.
store-sql = Kho dữ liệu gặp lỗi: { $detail }. Hãy kiểm tra dung lượng trống của ổ đĩa rồi thử lại.
store-taken = Đã có { $what ->
        [agency] cơ quan
        [endpoint] điểm truy cập
        [user] người dùng
       *[system] hệ thống
    } “{ $name }”: hãy chọn tên khác.

## Feeds and packages

cli-feed = Thông báo lỗ hổng của nhà phát hành, lỗ hổng đang bị khai thác và xác suất khai thác, nạp từ tệp.
cli-feed-import = Nạp tệp. Nạp lại cùng một tệp thì không làm gì; lần nạp bị ngắt sẽ tiếp tục.
    .kind = Loại tệp: osv, debian-tracker, debian-list, csaf, oval, kev hoặc epss.
    .files = Các tệp. osv và csaf còn nhận tệp nén và thư mục.
    .sha256 = SHA-256 mà tệp phải có; nếu khác thì không dùng.
    .date = Ngày của dữ liệu, khi bản thân tệp không ghi. Nếu không có thì lấy thời gian của tệp.
    .smaller = Cho phép thay thế dữ liệu trước có nhiều bản ghi hơn hẳn.
cli-feed-list = Liệt kê dữ liệu đã nạp.
cli-feed-show = Xem một lần nạp và các phiên bản hệ điều hành mà dữ liệu nói tới.
    .feed = Số thứ tự.
cli-package = Phần mềm nào được cài ở đâu.
cli-package-search = Máy chủ nào có gói phần mềm, ở phiên bản nào.
    .query = Tên gói hoặc gói nguồn, có thể kèm giới hạn phiên bản: 'openssl<3.0.15'.
feed-progress = { $file }: { $count } mục
feed-imported = { $file }: dữ liệu số { $id } đã có hiệu lực. { $records } bản ghi; số mục không cho bản ghi nào (không có bản vá hoặc không hiểu được): { $skipped }. Dữ liệu ngày { $date }. SHA-256 { $sha }.
feed-already = { $file }: đã nạp trước đây, là dữ liệu số { $id }. Không làm gì. SHA-256 { $sha }.
feed-without-stream = { $count } bản vá thuộc mô-đun không ghi rõ nhánh (stream): nơi nào có thể còn thiếu thì chưa đánh giá được.
feed-shown =
    Dữ liệu số { $id }: { $kind }, { $name }, { $state }
    Dữ liệu ngày: { $date }
    Nạp lúc: { $imported }
    Bản ghi: { $records }; số mục không cho bản ghi nào (không có bản vá hoặc không hiểu được): { $skipped }
    SHA-256: { $sha }
feed-release = { $release }: { $fixes } bản vá
feed-state-importing = chưa xong
feed-state-complete = có hiệu lực
feed-state-replaced = đã được thay
feed-checksum = { $file } có SHA-256 { $sha }, khác với giá trị đã cho. Không nạp gì: hãy lấy lại tệp.
feed-empty = { $file } không có gì dùng được: tệp thuộc loại khác, hoặc nói về các hệ điều hành không có ở đây.
feed-file = Không nạp được { $file }: { $detail }. Không có gì trong tệp được dùng.
feed-no-such = Không có dữ liệu số { $id }. Xem “capdo-collector feed list”.
feed-shrunk = { $file } có { $now } bản ghi, trong khi dữ liệu sẽ bị thay có { $before }. Tệp có thể bị cắt: hãy lấy lại tệp, hoặc thêm --smaller. Không có gì trong tệp được dùng.
feed-shrunk-release = { $file } có { $now } bản vá cho { $release }, trong khi dữ liệu sẽ bị thay có { $before }. Tệp có thể bị cắt hoặc dành cho bản phát hành khác: hãy lấy lại tệp, hoặc thêm --smaller. Không có gì trong tệp được dùng.
feed-changed = { $file } đã bị thay đổi trong lúc đọc. Không có gì trong tệp được dùng: hãy nạp lại khi tệp đã đầy đủ.
feed-one-checksum = --sha256 chỉ dùng cho một tệp. Hãy nạp từng tệp.
feed-bad-checksum = “{ $sha }” không phải SHA-256: hãy ghi 64 chữ số thập lục phân.
feed-bad-date = “{ $date }” không phải ngày: hãy ghi như 2026-11-22.
package-bad-query = Không hiểu “{ $query }”: hãy ghi tên gói, hoặc tên kèm giới hạn như openssl<3.0.15.
package-none = Không tìm thấy: danh sách gói của các máy chủ không có “{ $query }”.
package-more = Chỉ xét { $count } gói đầu tiên có tên đó.
head-date = DỮ LIỆU NGÀY
head-imported = NẠP LÚC
head-records = BẢN GHI
head-package = GÓI
head-version = PHIÊN BẢN
head-source = GÓI NGUỒN
head-release = HỆ ĐIỀU HÀNH
head-agency = CƠ QUAN
head-hostname = MÁY CHỦ
head-seen = NHẬN DANH MỤC LÚC

## Tệp của các điểm một chiều

cli-import = Nhập các tệp lượt chạy được mang từ điểm một chiều tới; mỗi tệp nhận trọn vẹn hoặc không nhận gì.
    .files = Các tệp.
    .receipt_dir = Thư mục ghi biên nhận. Mặc định: cạnh từng tệp.
cli-host-enroll-offline = Cấp danh tính cho máy chủ ở điểm một chiều. Từ đó lượt chạy của máy được mang bằng tệp và máy không được kết nối.
    .file = Yêu cầu do capdo-agent enroll --offline-request ghi.
    .system = Mã hoặc tên hệ thống thông tin mà máy chủ phục vụ.
    .host = Mã máy chủ đã mất khóa và cần khóa mới.
    .out = Tệp để ghi giấy cấp, dùng cho capdo-agent enroll --offline-grant.
cli-host-set = Thay đổi cách máy chủ báo cáo.
    .host = Mã máy chủ.
    .carried = true: lượt chạy được mang bằng tệp và máy không được kết nối. false: máy kết nối, không nhận tệp của máy nữa.
import-done = { $file }: đã nhận { $taken } lượt chạy của { $name }, { $known } lượt đã có từ trước. Mang biên nhận trở lại: { $receipt } và { $receipt }.sig
import-already = { $file }: đã nhận từ trước, không có gì thay đổi. Biên nhận được ghi lại: { $receipt }
import-missing = { "  " }{ $missing } lượt chạy chưa từng được chuyển tới; trạng thái hiện hành là trạng thái mà lượt cuối đã ký.
host-given =
    { $name } là máy chủ { $id } của { $system }. Mang { $file } tới máy đó rồi chạy:

      capdo-agent enroll --offline-grant TỆP --ca-sha256 { $fingerprint }
host-given-again =
    { $name } giữ danh tính { $id } trong { $system }. Mang { $file } tới máy đó rồi chạy:

      capdo-agent enroll --offline-grant TỆP --force --ca-sha256 { $fingerprint }
host-carried = { $name } ({ $id }): lượt chạy được mang bằng tệp; máy không được kết nối.
host-connects = { $name } ({ $id }) được kết nối; không nhận tệp lượt chạy của máy này nữa.
carried-file = Không dùng được { $file }: { $detail }.
carried-frame = Không nhận gì từ { $file }: { $detail }. Hãy chép lại tệp, hoặc ghi tệp mới bằng capdo-agent export.
carried-order = Không nhận gì từ { $file }: bản ghi tại byte { $at } không đúng chỗ. Hãy ghi lại tệp bằng lệnh capdo-agent đã tạo ra nó.
carried-signature = Không nhận gì từ { $file }: chữ ký hoặc mã băm tại byte { $at } không đúng. Tệp đã bị thay đổi trên đường; hãy ghi lại bằng capdo-agent export.
carried-changed = Không nhận gì từ { $file }: tệp thay đổi trong lúc đọc. Hãy chép tệp vào một thư mục của máy này trước.
carried-other-collector = Không nhận gì từ { $file }: tệp dành cho một máy thu thập khác, nơi máy chủ đó tin cậy CA.
carried-certificate = Không nhận gì từ { $file }: chứng thư trong tệp không phải do máy thu thập này cấp cho máy chủ đó. Nếu máy chủ đăng ký sau bản sao lưu đã dùng để khôi phục, hãy đăng ký lại: capdo-agent enroll --offline-request.
carried-revoked = Không nhận gì: máy chủ { $host } đã bị tạm ngừng hoặc danh tính đã bị thu hồi. Xem capdo-collector host show.
carried-expired = Không nhận gì: chứng thư của { $host } đã hết hạn khi tệp được ghi, hoặc đồng hồ của máy đó sai. Hãy gia hạn: capdo-agent enroll --offline-request, rồi host enroll-offline.
carried-not-carried = Không nhận gì: { $host } là máy chủ có kết nối. Nếu điểm đặt máy đã thành một chiều: capdo-collector host set MÁY --carried true.
carried-older = Không nhận gì: lượt chạy { $counter } của { $host } chưa có ở đây, còn lượt sau là { $last } đã nhận rồi. Hãy nhập các tệp theo thứ tự được ghi.
carried-needs-whole = Không nhận gì: thay đổi của lượt chạy { $counter } của { $host } không khớp với dữ liệu đang giữ. Hãy nhập các tệp trước đó, hoặc ghi tệp có trạng thái đầy đủ: capdo-agent export --whole.
carried-refused = Không nhận gì: lượt chạy { $counter } của { $host } bị từ chối ({ $code }): { $detail }

## Sao lưu

cli-backup = Bản sao của máy thu thập: hồ sơ, CA và cấu hình.
cli-backup-create = Sao chép máy thu thập vào một tệp. Máy vẫn phục vụ trong lúc đó.
    .file = Tệp hoặc thư mục để ghi, hoặc - để ghi ra đầu ra chuẩn, nhằm mã hóa trên đường: … create - | age -r KHÓA > TỆP
    .without_ca_key = Không đưa khóa của CA vào; phải giữ khóa ở nơi khác vì khi khôi phục sẽ cần.
cli-backup-verify = Đọc bản sao lưu đến hết: các mã băm, cơ sở dữ liệu, các chuỗi băm.
    .file = Bản sao lưu, hoặc - để đọc từ đầu vào chuẩn.
cli-backup-restore = Đưa bản sao lưu vào vị trí thành thư mục dữ liệu. Sau đó tác tử tự gửi những gì đã thay đổi.
    .file = Bản sao lưu, hoặc - để đọc từ đầu vào chuẩn.
    .into = Thư mục dữ liệu. Thư mục phải chưa có hoặc rỗng.
backup-made = { $file }: { $bytes } byte, { $hosts } máy chủ, { $runs } lượt chạy, { $changes } thay đổi kết quả, { $entries } mục nhật ký kiểm toán.
backup-holds-key = Tệp chứa khóa của CA và mọi điểm yếu của tỉnh: phải mã hóa và giữ ở nơi khác, ngoài máy này.
backup-verified = { $file } còn nguyên vẹn: lập lúc { $at }, { $bytes } byte, { $hosts } máy chủ, { $runs } lượt chạy, { $changes } thay đổi kết quả, { $entries } mục nhật ký kiểm toán; mọi chuỗi băm đều đúng.
backup-restored = { $file } là máy thu thập của thời điểm { $at }: { $hosts } máy chủ, { $runs } lượt chạy. Khởi động bằng --data { $file }. Tác tử tự gửi những gì đã thay đổi; máy chủ đăng ký sau thời điểm đó cần mã đăng ký mới.
backup-no-key = Trong đó không có khóa của CA. Hãy đặt ca-key.pem cạnh ca.pem, chỉ chủ sở hữu đọc được, trước khi khởi động máy thu thập.
backup-key-in-it = Trong đó có khóa của CA { $number } ({ $fingerprint }).
backup-key-token = Khóa của CA { $number } ({ $fingerprint }) nằm trong thiết bị PKCS#11, không có trong bản sao lưu nào. Máy thu thập được khôi phục cần đúng thiết bị đó cùng mô-đun và mã PIN như mục [ca] của collector.toml: thiếu khóa của CA đang cấp thì máy không khởi động được.
backup-key-elsewhere = Trong đó không có khóa của CA { $number } ({ $fingerprint }). Hãy đặt { $file } cạnh ca.pem, chỉ chủ sở hữu đọc được, trước khi khởi động máy thu thập.
backup-file = Không dùng được { $file }: { $detail }.
backup-archive = Không ghi hoặc không đọc được hết bản sao lưu: { $detail }. Hãy kiểm tra ổ đĩa rồi thử lại, hoặc lấy bản khác.
backup-shape = Đây không phải bản sao lưu nguyên vẹn: { $detail }. Hãy lấy bản khác.
backup-part = Phần { $name } của bản sao lưu không đúng như bản kê. Hãy lấy bản khác.
backup-database = Cơ sở dữ liệu trong bản sao lưu bị hỏng: { $detail }. Hãy lấy bản cũ hơn.
backup-chain = Một chuỗi băm của bản sao lưu không đúng ({ $which }): hồ sơ đã bị sửa hoặc không đủ. Hãy lấy bản khác.
backup-in-use = { $file } đang được dùng. Hãy nêu thư mục chưa có hoặc rỗng.
## Kiểm tra từ bên ngoài

cli-endpoint = Điểm truy cập của hệ thống: trang web, máy chủ thư, tên miền.
cli-endpoint-add = Khai một điểm truy cập của hệ thống.
    .address = Tên miền hoặc địa chỉ.
    .system = Mã hoặc tên của hệ thống.
    .kind = Giao thức: http, https, tls, ssh, smtp, tcp, mail_domain hoặc dns_zone.
    .port = Cổng, nếu khác cổng thường dùng. Từ 1 đến 65535.
    .sni = Tên TLS cần hỏi, nếu khác.
    .on = Mã của máy chủ trả lời tại đó. Máy chủ này cũng tự xem điểm truy cập, và điều nó khai được đối chiếu.
cli-endpoint-list = Liệt kê điểm truy cập.
    .system = Chỉ của hệ thống có mã hoặc tên này.
cli-endpoint-show = Xem một điểm truy cập, điều đã thấy ở đó và điều mâu thuẫn.
    .endpoint = Mã của điểm truy cập.
cli-endpoint-archive = Thôi dùng một điểm truy cập. Nhật ký vẫn còn.
    .endpoint = Mã của điểm truy cập.
cli-authorisation = Văn bản cho phép kiểm tra điểm truy cập. Không có văn bản thì không gửi gì.
cli-authorisation-add = Ghi nhận một văn bản cho phép, kèm tệp văn bản.
    .agency = Mã hoặc tên của cơ quan có điểm truy cập.
    .system = Chỉ cho hệ thống có mã hoặc tên này.
    .number = Số của văn bản.
    .dated = Ngày của văn bản, như 2026-11-22.
    .signed_by = Người ký.
    .covers = Phạm vi cho phép: tên, *.tên, địa chỉ hoặc dải mạng, kèm cổng, như 'cong.tinh.gov.vn:443' và '203.0.113.0/28:22,443'. Tên miền phải kèm các địa chỉ mà nó trỏ tới; vùng DNS là tên với cổng 53. Có thể ghi nhiều lần.
    .from = Ngày đầu, như 2026-11-22.
    .until = Ngày cuối. Không quá một năm sau ngày đầu.
    .document = Văn bản đã ký. Tệp được lưu lại.
cli-authorisation-list = Liệt kê văn bản cho phép.
    .agency = Chỉ của cơ quan có mã hoặc tên này.
cli-authorisation-show = Xem một văn bản cho phép.
    .authorisation = Mã của văn bản cho phép.
    .document = Ghi văn bản ra tệp mới này.
cli-authorisation-revoke = Thu hồi văn bản cho phép: từ nay không gửi gì theo văn bản này.
    .authorisation = Mã của văn bản cho phép.
    .why = Lý do, để lưu hồ sơ.
cli-probe = Kiểm tra điểm truy cập từ bên ngoài và nhật ký kiểm tra.
cli-probe-now = Kiểm tra ngay một điểm truy cập.
    .endpoint = Mã của điểm truy cập.
cli-probe-log = Xem đã gửi gì tới đâu, mới nhất trước.
    .endpoint = Chỉ của điểm truy cập có mã này.
    .rows = Số dòng, từ 1 đến 10000. Mặc định: 100.
cli-probe-verify = Kiểm tra rằng không dòng nào của nhật ký bị sửa hoặc bị xóa.
head-address = ĐỊA CHỈ
head-connections = KẾT NỐI
head-covers = PHẠM VI
head-last-look = LẦN XEM CUỐI
head-number = VĂN BẢN
head-outcome = KẾT QUẢ
head-step = BƯỚC
head-target = ĐIỂM TRUY CẬP
head-time = THỜI ĐIỂM
head-until = ĐẾN
head-what = NỘI DUNG
endpoint-kind-http = HTTP
endpoint-kind-https = HTTPS
endpoint-kind-tls = TLS
endpoint-kind-ssh = SSH
endpoint-kind-smtp = SMTP
endpoint-kind-tcp = TCP
endpoint-kind-mail-domain = tên miền thư
endpoint-kind-dns-zone = vùng DNS
endpoint-state-new = chưa kiểm tra
endpoint-state-not-authorised = chưa được phép: không gửi gì
endpoint-state-unresolved = tên không có địa chỉ, hoặc có quá nhiều
endpoint-state-elsewhere = trỏ tới địa chỉ ngoài phạm vi cho phép: không gửi gì tới đó
endpoint-state-looked-at = đã kiểm tra
endpoint-state-failed = bộ thu thập không kiểm tra được
endpoint-page =
    { $name } ({ $kind })
    Mã: { $id }
    Hệ thống: { $system }
    Lần xem cuối: { $state }, { $at }
endpoint-permitted = Được phép theo văn bản { $number } (mã { $id }) đến { $until }
endpoint-not-permitted = Hiện không có văn bản cho phép nào: không gửi gì.
endpoint-finding = { $verdict } { $part } tại { $address }, { $at }
endpoint-contradiction = { $how ->
        [proved] Mâu thuẫn
        [lapsed] Mâu thuẫn đã hết hiệu lực, không còn tính vào điểm vì không được xem lại đúng hạn tại đó
       *[noted] Mâu thuẫn, cần thấy lại sau lượt chạy tới của máy chủ
    }: { $check } của máy chủ { $host } khai { $claimed }; thấy: { $seen }
endpoint-bad-host = “{ $host }” không hợp lệ: hãy ghi tên miền hoặc địa chỉ, không kèm giao thức, cổng hay đường dẫn. Vùng DNS là tên và không có cổng.
endpoint-no-port = Hãy ghi cổng bằng --port: loại này không có cổng thường dùng.
endpoint-other-system = Máy chủ “{ $host }” không thuộc hệ thống “{ $system }”: hãy chọn máy chủ của hệ thống đó.
authorisation-added = Văn bản { $number } đã được ghi nhận với mã { $id }. SHA-256 { $sha }.
authorisation-revoked = Văn bản { $number } đã bị thu hồi: từ nay không gửi gì theo văn bản này.
authorisation-page =
    Văn bản { $number } ngày { $dated }, người ký: { $signed }
    Mã: { $id }
    Cơ quan: { $agency }; hệ thống: { $system }
    Phạm vi: { $covers }
    Từ { $from } đến { $until }: { $state }
    Lý do thu hồi: { $why }
    Người ghi nhận: { $recorded }, { $at }
    SHA-256: { $sha }
authorisation-state-holds = còn hiệu lực
authorisation-state-future = chưa có hiệu lực
authorisation-state-expired = hết hiệu lực
authorisation-state-revoked = đã thu hồi
authorisation-bad-cover = “{ $cover }” không phải phạm vi hợp lệ: hãy ghi tên có ít nhất hai phần, địa chỉ hoặc dải mạng, kèm cổng, như a.gov.vn:443 hoặc [2001:db8::/32]:22,443.
authorisation-bad-date = “{ $date }” không phải ngày: hãy ghi như 2026-11-22.
authorisation-file = Không ghi nhận được { $file }: { $detail }. Hãy đưa văn bản đã ký, không quá 32 MiB.
authorisation-many = Một văn bản cho phép có tối đa { $most } phạm vi: hãy ghi thành nhiều văn bản.
authorisation-period = Ngày cuối trước ngày đầu, hoặc sau quá { $days } ngày: hãy xem lại --from và --until.
authorisation-words = Số văn bản, người ký và lý do đều cần từ 1 đến { $most } ký tự trên một dòng.
probe-done = { $name }: { $state }
probe-step-begun = bắt đầu
probe-step-ended = kết thúc
probe-step-refused = không gửi
probe-log-holds = Nhật ký nguyên vẹn: không dòng nào bị sửa hoặc bị xóa.
probe-log-broken = Nhật ký không còn nguyên vẹn tại dòng { $seq }: kho dữ liệu đã bị sửa. Hãy giữ lại làm chứng cứ và khôi phục bản sao lưu.
## Sổ ghi nhận

cli-verify = Xác minh sổ ghi nhận: chữ ký, chuỗi băm, giá trị băm, bằng chứng và kết luận. Chỉ đọc; dùng được trên thư mục của máy thu thập đã dừng hoặc bản sao, không cần mạng.
    .host = Chỉ các lượt chạy, kết quả và dấu hiệu bất thường của máy chủ có mã này.
    .expect = Giá trị cuối mà lần xác minh trước đã in và được giữ ở nơi khác: sổ phải còn chứa đúng giá trị đó.
    .ca = Chứng thư CA được tin cậy, thay cho ca.pem trong thư mục. Có thể ghi nhiều lần.
cli-audit = Nhật ký ai đã làm gì.
cli-audit-export = Ghi nhật ký ra đầu ra chuẩn, kèm các giá trị băm.
    .from = Ngày đầu, ví dụ 2026-11-22 (giờ Việt Nam).
    .to = Ngày cuối, ví dụ 2026-11-22 (giờ Việt Nam).
    .format = jsonl, hoặc csv cho bảng tính. Mặc định: jsonl.
    .agency = Chỉ những gì liên quan đến cơ quan có mã hoặc tên này.
cli-audit-verify = Xác minh riêng một tệp đã xuất.
    .file = Tệp cần xác minh.
cli-release = Chương trình của các bản phát hành, dùng để đối chiếu với chương trình tác tử.
cli-release-add = Thêm các chương trình ghi trong tệp SHA256SUMS của một bản phát hành.
    .release = Bản phát hành, ví dụ 0.2.0.
    .file = Danh sách do sha256sum ghi. Hãy kiểm tra chữ ký của nó trước.
cli-release-list = Liệt kê các chương trình.
cli-release-remove = Gỡ một bản phát hành: tác tử chạy bản đó sẽ bị coi là không rõ bản phát hành.
    .release = Bản phát hành.
cli-host-integrity = Các dấu hiệu bất thường của máy chủ.
cli-host-integrity-list = Liệt kê các dấu hiệu bất thường của một máy chủ.
    .host = Mã của máy chủ.
cli-host-integrity-ack = Ghi nhận rằng đã có người xem xét một dấu hiệu. Dấu hiệu vẫn được lưu.
    .host = Mã của máy chủ.
    .kind = Loại dấu hiệu, ví dụ check-vanished hoặc unknown-binary.
    .subject = Đối tượng: mã phép kiểm tra. Bỏ trống nếu dấu hiệu không nêu đối tượng.
    .why = Kết quả xem xét, để lưu hồ sơ.

head-entered = THÊM LÚC
head-hash = SHA-256
release-added = { $release }: đã thêm { $count } chương trình mới. Tác tử được đối chiếu khi kết nối lần tới.
release-bad-list = { $file } không phải danh sách của một bản phát hành (dòng hoặc lý do: { $detail }). Hãy đưa tệp do sha256sum ghi: mỗi dòng một giá trị băm và một tên.
audit-no-log = { $file } không phải nhật ký kiểm toán đã xuất, hoặc là tệp rỗng. Hãy xuất bằng “capdo-collector audit export”.
audit-bad-range = Ngày đầu nằm sau ngày cuối.
audit-bad-date = “{ $date }” không phải ngày: hãy ghi như 2026-11-22.
audit-unread = Không đọc được { $file }: { $detail }. Hãy kiểm tra đường dẫn và quyền truy cập.
audit-file = { $file }: { $entries } mục, từ { $first } đến { $last }; số mục ở giữa không có trong tệp: { $out }. Giá trị băm cuối: { $sha }
audit-holds = Mọi mục đều đúng và khớp với mục liền trước nếu mục đó có trong tệp.
audit-broken = Dòng { $line }: { $what }.
verify-bad-ca = { $file } không chứa chứng thư CA: { $detail }. Hãy chỉ ra chứng thư CA dạng PEM bằng --ca.
verify-bad-head = “{ $head }” không phải giá trị cuối: hãy ghi đúng như lệnh “verify” trước đã in, gồm một số, dấu gạch ngang và 64 chữ số thập lục phân.
verify-changing = Kho dữ liệu bị thay đổi trong lúc xác minh. Hãy chạy lại, hoặc chạy trên bản sao.
verify-not-held = Sổ ghi nhận không còn toàn vẹn. Hãy giữ nguyên thư mục và đối chiếu với bản sao lưu.
verify-break = SAI { $table } { $row }: { $what }
verify-break-more = SAI { $table } { $row }: { $what } ({ $detail })
verify-more = … và { $count } chỗ khác
verify-counts = Đã xác minh: { $hosts } máy chủ, { $certificates } chứng thư, { $runs } lượt chạy, { $changes } thay đổi, { $findings } kết quả, { $observations } quan sát, { $audit } mục nhật ký, { $probes } dòng nhật ký thăm dò, { $record } dòng của sổ ghi nhận
verify-ca = CA được tin cậy, SHA-256: { $fingerprint }
verify-keys-only = Số chứng thư chỉ còn lưu khóa, do phiên bản cũ cấp: { $count }
verify-runs-before = Số lượt chạy có trước khi mở sổ ghi nhận, lấy như hiện trạng lúc đó: { $count }
verify-stand-unsaid = Số cơ quan, hệ thống, máy chủ, điểm truy cập và văn bản cho phép trong kho mà phiên bản này chưa mở lần nào, lấy như hiện trạng: { $count }
verify-other-rules = Số kết quả do phiên bản khác đánh giá, không đánh giá lại: { $count }
verify-took = Mất { $ms } ms ({ $thousand } ms cho 1.000 lượt chạy)
verify-expected = Sổ ghi nhận vẫn chứa giá trị cuối đã đưa.
verify-holds =
    Tất cả đều đúng. Hãy giữ giá trị cuối này ở ngoài máy thu thập, và đưa cho --expect lần sau:
    { $head }
verify-what-claims = phần khai hoặc thời điểm trong kết quả của máy chủ này không phải của lượt chạy cuối
verify-what-content = nội dung đã bị sửa: không cho ra giá trị băm của nó
verify-what-counter = số đếm không tăng
verify-what-differs = nội dung không như sổ ghi nhận nêu
verify-what-digest = các thay đổi đến lượt chạy này không cho ra giá trị băm mà tác tử đã ký
verify-what-gap = thiếu các dòng đứng trước
verify-what-head-cut = sổ kết thúc trước giá trị cuối đã đưa: phần cuối đã bị cắt
verify-what-head-other = ở vị trí của giá trị cuối đã đưa, sổ chứa một dòng khác
verify-what-missing = có trong sổ ghi nhận nhưng không còn ở đó
verify-what-no-run = nêu một lượt chạy không có ở vị trí đó
verify-what-nonce = số ngẫu nhiên không phải số đã cấp
verify-what-order = không khớp với dòng liền trước: các dòng đã bị đảo hoặc thay
verify-what-revoked = được ký bằng khóa đã bị thu hồi trước đó
verify-what-signature = không chứng thư nào của máy chủ này khớp với chữ ký
verify-what-unreadable = không đọc được
verify-what-unrecorded = có ở đó nhưng không có trong sổ ghi nhận
verify-what-untrusted = không có CA được tin cậy nào xác nhận
verify-what-verdict = bằng chứng cho kết luận hoặc lý do khác

## Ai đang bị từ chối

cli-ban = Những bên bị từ chối do vi phạm giao thức.
cli-ban-list = Liệt kê những bên đang bị từ chối và thời hạn.
cli-ban-lift = Cho một máy chủ hoặc một địa chỉ kết nối trở lại ngay.
    .offender = Mã của máy chủ, hoặc một địa chỉ IP. Với địa chỉ IPv6, cả mạng (/64) được cho kết nối lại.

head-offence = HÀNH VI
head-offender = BÊN BỊ TỪ CHỐI
offence-deaf = không đọc câu trả lời
offence-flood = gửi nhiều thông điệp quá mức cần thiết
offence-http2 = vi phạm HTTP/2
offence-message = thông điệp vi phạm giao thức
offence-not-let-in = mã đăng ký hoặc chứng thư không hợp lệ
offence-order = thông điệp sai thứ tự
offence-slow = quá chậm
offence-too-often = kết nối quá thường xuyên
ban-lifted = { $name } được kết nối trở lại trong vòng một giây. Việc đếm vi phạm bắt đầu lại từ đầu.
ban-none = Không có lệnh từ chối nào đối với { $name }. Nếu vừa mới phát sinh, lệnh đó hết hiệu lực trong vòng một giây.
host-enabled-again = Đã cho { $name } ({ $id }) hoạt động trở lại và thôi từ chối: tác tử kết nối được trong vòng một giây.
