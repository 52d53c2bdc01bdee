# Nội dung của nhóm patch.

patch-security-updates = Không còn bản vá bảo mật nào chờ cài đặt
    .why = Lỗ hổng đã có bản vá là lỗ hổng đã được công bố: kẻ tấn công có sẵn công cụ khai thác. Máy chưa cài bản vá thì bị chiếm bằng chính các lỗi đó.
    .fix-debian = apt-get update && apt-get upgrade. Nếu chưa khai báo nguồn bảo mật, thêm vào /etc/apt/sources.list.d/ nguồn http://security.debian.org/debian-security với nhánh TÊN_BẢN-security (Ubuntu: http://security.ubuntu.com/ubuntu, nhánh TÊN_BẢN-security), rồi chạy lại hai lệnh trên.
    .fix-rhel = dnf upgrade --security (SUSE: zypper patch --category security)
    .fix-alpine = apk update && apk upgrade
    .confirm = apt-get update && apt list --upgradable 2>/dev/null | grep -i security  # họ RHEL: dnf updateinfo list --security; SUSE: zypper list-patches --category security
    .pass = Các nguồn bảo mật của máy không còn bản vá nào chưa cài.
    .fail = Còn { $count } gói có bản vá bảo mật chưa cài: { $packages }.
    .fail-since = Còn { $count } gói có bản vá bảo mật chưa cài; bản vá sớm nhất phát hành ngày { $date }: { $packages }.
    .fail-hidden = Còn { $count } gói có bản vá bảo mật chưa cài, ẩn sau bản mới hơn từ nguồn không phải nguồn bảo mật nên công cụ chỉ cài bản vá bảo mật sẽ bỏ qua: { $packages }.
    .fail-no-source = Máy không khai báo nguồn cập nhật bảo mật nào cho đúng bản hệ điều hành đang dùng.
    .unknown-no-source = Chưa đánh giá được: không thấy nguồn nào có thông tin về bản vá bảo mật.
    .unknown-lists = Chưa đánh giá được: máy chưa tải đủ danh sách gói của nguồn bảo mật.
    .unknown-stale = Chưa đánh giá được: danh sách gói của nguồn bảo mật cũ hơn { $limit } ngày hoặc mang ngày trong tương lai.
    .unknown-frozen = Chưa đánh giá được: kho cung cấp bản vá của chính hệ điều hành được tạo ngày { $date }, đã quá { $limit } ngày hoặc ở tương lai, dù máy vừa mới tải: đó là kho lưu trữ của bản phát hành cũ, hoặc máy chủ gương đã ngừng đồng bộ.
    .unknown-undated = Chưa đánh giá được: kho cung cấp bản vá của chính hệ điều hành không cho biết được tạo khi nào, nên việc mới tải không chứng minh được gì.
    .unknown-untold = Chưa đánh giá được: các bản vá sau cho gói thuộc mô-đun không cho biết dành cho luồng (stream) nào, có thể là luồng đang cài: { $packages }.
    .unknown-updates = Chưa đánh giá được: { $count } gói có bản mới chưa cài ({ $packages }); danh sách của hệ này không cho biết bản nào vá lỗ hổng.
    .unknown-system = Chưa đánh giá được: phiên bản này chưa đọc được hệ quản lý gói của máy.

patch-lists-age = Danh sách gói của nguồn bảo mật còn mới
    .why = Danh sách cũ thì máy không biết có bản vá mới; mọi kết luận "không còn gì để cập nhật" khi đó đều không đáng tin.
    .fix-debian = apt-get update. Nếu ngày vẫn cũ, máy chủ gương đã ngừng đồng bộ: đổi sang nguồn khác trong /etc/apt/sources.list.d/. Bật cập nhật danh sách hằng ngày: systemctl enable --now apt-daily.timer
    .fix-rhel = dnf makecache; systemctl enable --now dnf-makecache.timer (SUSE: zypper refresh)
    .fix-alpine = apk update
    .confirm = grep -m1 ^Date: /var/lib/apt/lists/*security*InRelease  # họ RHEL: grep revision /var/cache/dnf/*/repodata/repomd.xml
    .pass = Danh sách của nguồn bảo mật mang ngày { $date }.
    .fail = Danh sách của nguồn bảo mật mang ngày { $date }, cũ hơn { $limit } ngày.
    .fail-none = Thiếu { $lists } danh sách của nguồn bảo mật: máy chưa tải hoặc đã xóa.
    .unknown-future = Chưa đánh giá được: danh sách mang ngày { $date }, ở tương lai so với đồng hồ của máy.
    .unknown-frozen = Chưa đánh giá được: kho cung cấp bản vá của chính hệ điều hành được tạo ngày { $date }, đã quá { $limit } ngày hoặc ở tương lai, dù máy vừa mới tải: đó là kho lưu trữ của bản phát hành cũ, hoặc máy chủ gương đã ngừng đồng bộ.
    .unknown-undated = Chưa đánh giá được: kho cung cấp bản vá của chính hệ điều hành không cho biết được tạo khi nào, nên việc mới tải không chứng minh được gì.
    .unknown-no-source = Chưa đánh giá được: không có nguồn bảo mật nào để xem ngày.
    .unknown-system = Chưa đánh giá được: phiên bản này chưa đọc được hệ quản lý gói của máy.

patch-last-upgrade = Phần mềm được cập nhật trong thời hạn của cấp độ
    .why = Tiêu chuẩn yêu cầu kiểm tra và cài bản vá định kỳ. Máy lâu không cập nhật sẽ tích lũy lỗ hổng đã được công bố.
    .fix-debian = apt-get update && apt-get upgrade
    .fix-rhel = dnf upgrade
    .fix-alpine = apk update && apk upgrade
    .confirm = grep -B3 ^Upgrade: /var/log/apt/history.log | grep Start-Date | tail -1  # họ RHEL: grep -E "Upgraded?:" /var/log/dnf.rpm.log | tail -1
    .pass = Lần nâng cấp gần nhất: { $date }.
    .pass-nothing-waits = Không có bản vá nào chờ cài theo danh sách gói còn mới.
    .fail = Lần nâng cấp gần nhất là { $date }, đã quá { $limit } ngày.
    .fail-never = Chưa nâng cấp gói nào kể từ { $date }, đã quá { $limit } ngày.
    .partial-young = Bản ghi đầu tiên về gói phần mềm là ngày { $date } và từ đó chưa nâng cấp gói nào: máy mới cài, hoặc bản ghi đã bị xóa.
    .unknown-no-log = Chưa đánh giá được: không nhật ký nào ghi lại lần nâng cấp nào.
    .unknown-future = Chưa đánh giá được: nhật ký mang ngày ở tương lai so với đồng hồ của máy.
    .unknown-system = Chưa đánh giá được: phiên bản này chưa đọc được hệ quản lý gói của máy.

patch-automatic-updates = Bản vá bảo mật được cài tự động
    .why = Bản vá chờ người nhớ ra để cài thường chờ hàng tháng. Cài tự động rút thời gian đó còn một ngày. Nếu cơ quan vá tập trung từ máy chủ khác thì kê khai biện pháp tương đương.
    .fix-debian = apt-get install unattended-upgrades && dpkg-reconfigure -plow unattended-upgrades && systemctl unmask apt-daily.timer apt-daily-upgrade.timer && systemctl enable --now apt-daily.timer apt-daily-upgrade.timer
    .fix-rhel = dnf install dnf-automatic && systemctl enable --now dnf-automatic-install.timer
    .confirm = apt-config dump APT::Periodic; systemctl status apt-daily.timer apt-daily-upgrade.timer; ls -l /var/lib/apt/periodic/
    .pass = Đã bật và có chạy; lần gần nhất: { $date }.
    .partial-never = Đã cấu hình và bật nhưng chưa có dấu vết nào cho thấy đã chạy.
    .partial-lists = Có chạy (lần gần nhất: { $date }) nhưng không có gì tải danh sách gói, nên không bao giờ biết có bản vá mới.
    .partial-left-out = Có chạy (lần gần nhất: { $date }) nhưng bỏ qua một số gói, bản vá của các gói đó phải chờ người cài: { $packages }.
    .partial-only = Có chạy (lần gần nhất: { $date }) nhưng chỉ cho một số gói, bản vá của mọi gói khác phải chờ: { $packages }.
    .fail-left-out = Đã bật nhưng được cấu hình để bỏ qua mọi gói, nên không cài gì.
    .partial-own = Có tác vụ riêng của cơ quan cài bản cập nhật: { $jobs }. Không thấy được tác vụ đó có thành công hay không; chương trình của bản phân phối sẽ để lại dấu vết.
    .fail-absent = Chưa cài unattended-upgrades (Debian, Ubuntu), dnf-automatic (họ RHEL) hoặc transactional-update, os-update, cập nhật trực tuyến của YaST (SUSE), và không tác vụ nào chạy trình quản lý gói.
    .fail-off = Đã cài nhưng cấu hình không cho phép tự cài bản vá.
    .fail-origins = Đã bật nhưng không nguồn nào được phép khớp với nguồn đang phát hành bản vá bảo mật của chính hệ điều hành này (nguồn thông thường; khi nguồn đó hết hỗ trợ thì là ESM infra hoặc ELTS), nên không cài bản vá nào của hệ thống.
    .fail-timer = Cấu hình đúng nhưng bộ hẹn giờ không hoạt động (trạng thái: { $state }), nên không bao giờ chạy.
    .fail-stalled = Đã bật nhưng lần chạy gần nhất là { $date }: việc tự động đã ngừng.
    .fail-errors = Đã bật, nhưng lần chạy gần nhất ({ $date }) kết thúc với lỗi.
    .unknown-future = Chưa đánh giá được: dấu vết mang ngày { $date }, ở tương lai so với đồng hồ của máy.
    .unknown-system = Chưa đánh giá được: phiên bản này chưa đọc được hệ quản lý gói của máy.
    .unknown-jobs = Chưa đánh giá được: chương trình của bản phân phối không chạy, và không xem được có tác vụ riêng nào cài bản cập nhật hay không ({ $detail }).

patch-os-support = Hệ điều hành còn được nhà cung cấp hỗ trợ
    .why = Hệ điều hành hết hỗ trợ không còn bản vá: lỗ hổng phát hiện sau ngày đó sẽ mở mãi mãi.
    .fix = Nâng cấp lên bản còn hỗ trợ, hoặc đăng ký hỗ trợ mở rộng và khai báo nguồn của gói đó (Debian LTS: giữ nguồn TÊN_BẢN-security; Ubuntu: pro attach MÃ).
    .confirm = cat /etc/os-release  # đối chiếu với trang vòng đời sản phẩm của nhà cung cấp
    .pass = { $release } được hỗ trợ đến { $date }.
    .pass-extended = { $release } đã hết hỗ trợ thường, đang nhận hỗ trợ mở rộng đến { $date }.
    .fail = { $release } đã hết hỗ trợ từ { $date }.
    .fail-minor = Máy bị giữ ở { $release }, bản này không còn bản vá từ { $date }. Hãy cho máy lên bản tiếp theo (subscription-manager release --unset; hoặc xóa /etc/dnf/vars/releasever), hoặc bật kho của gói hỗ trợ mở rộng còn hiệu lực (EUS, E4S).
    .fail-extended = { $release } đã hết hỗ trợ thường. Có hỗ trợ mở rộng đến { $date } nhưng máy không khai báo nguồn của gói đó, hoặc chưa từng tải gì từ nguồn đó.
    .unknown-extended = { $release } đã hết hỗ trợ thường. Có hỗ trợ mở rộng đến { $date } nhưng không thấy bằng chứng máy có đăng ký hay không.
    .unknown-minor = Chưa đánh giá được: máy bị giữ ở { $release } và bảng vòng đời không cho biết bản này còn bản vá hay không. Hãy cho máy lên bản tiếp theo (subscription-manager release --unset; xóa /etc/dnf/vars/releasever; trong địa chỉ ở /etc/yum.repos.d/ chỉ ghi bản chính, không ghi bản con).
    .unknown-release = Chưa đánh giá được: bảng vòng đời không có { $release }.

patch-kernel-running = Nhân hệ điều hành đang chạy là bản mới nhất đã cài
    .why = Bản vá của nhân chỉ có tác dụng sau khi khởi động lại. Trước đó máy vẫn chạy nhân có lỗ hổng dù gói đã được cập nhật.
    .fix = Hẹn giờ bảo trì và khởi động lại: systemctl reboot
    .confirm = uname -rv; dpkg -l 'linux-image-[0-9]*' | grep ^ii  # họ RHEL: rpm -q --last kernel-core
    .pass = Đang chạy { $running }, là bản mới nhất đã cài.
    .fail = Đang chạy { $running } trong khi đã cài { $newest }: cần khởi động lại.
    .fail-build = Đang chạy { $running } nhưng là bản dựng cũ hơn gói đã cài: cần khởi động lại.
    .not-applicable = Máy là container: nhân thuộc về máy chủ chứa nó.
    .unknown-no-package = Chưa đánh giá được: không có gói nhân nào được cài trên máy.

patch-reboot-needed = Không có yêu cầu khởi động lại bị bỏ quên
    .why = Gói vừa cập nhật báo rằng phải khởi động lại mới có hiệu lực. Chưa khởi động lại thì mã cũ có lỗ hổng vẫn chạy.
    .fix = Hẹn giờ bảo trì và khởi động lại: systemctl reboot
    .confirm = cat /run/reboot-required /run/reboot-required.pkgs (họ RHEL: dnf install yum-utils; needs-restarting -r)
    .pass = Không có yêu cầu khởi động lại, và máy có cơ chế ghi yêu cầu đó.
    .fail = Máy cần khởi động lại vì các gói: { $packages }.
    .not-applicable = Máy là container, không có nhân riêng để khởi động lại.
    .unknown-no-hook = Chưa đánh giá được: máy không có gì ghi yêu cầu khởi động lại (Debian, Ubuntu: không có cơ chế ghi; họ RHEL, SUSE: không cài nhân nào của nhà phân phối), nên không thấy yêu cầu không có nghĩa là không cần.

patch-deleted-libraries = Không chương trình nào còn chạy mã cũ đã bị thay
    .why = Chương trình đang chạy giữ thư viện cũ trong bộ nhớ cho đến khi khởi động lại dịch vụ; lỗ hổng trong thư viện đó vẫn khai thác được.
    .fix = Khởi động lại các dịch vụ trong danh sách (systemctl restart TÊN), hoặc cài needrestart để được nhắc.
    .confirm = sudo grep -l 'r-xp.*(deleted)' /proc/[0-9]*/maps
    .pass = Không chương trình nào dùng mã đã bị thay hoặc xóa.
    .fail = { $count } chương trình còn dùng mã đã bị thay: { $programs }.
    .unknown-none = Chưa đánh giá được: không thấy tiến trình nào.
    .unknown-large = Chưa đánh giá được: các chương trình sau ánh xạ quá nhiều vùng nhớ nên không đọc hết; ngoài ra không chương trình nào chạy mã đã bị thay: { $programs }.

patch-held-packages = Không gói nào bị giữ ở phiên bản cũ
    .why = Gói bị giữ (hold, versionlock, exclude) không nhận bản vá bảo mật mà không có cảnh báo nào.
    .fix-debian = apt-mark unhold TÊN_GÓI && apt-get upgrade
    .fix-rhel = dnf versionlock delete TÊN_GÓI && dnf upgrade (SUSE: zypper removelock TÊN_GÓI && zypper update)
    .fix-alpine = Bỏ phần phiên bản sau tên gói trong /etc/apk/world, rồi chạy apk upgrade
    .confirm = apt-mark showhold  # họ RHEL: cat /etc/dnf/plugins/versionlock.list; grep -nE "^exclude(pkgs)?" /etc/dnf/dnf.conf /etc/yum.repos.d/*.repo
    .pass = Không gói nào bị giữ.
    .partial = Các gói sau bị giữ, hiện chưa chặn bản vá bảo mật nào thấy được: { $packages }.
    .unknown-preferences = Chưa đánh giá được: không đọc hiểu được tùy chọn ưu tiên nguồn của apt, có thể chúng chặn bản vá đang chờ.
    .fail = Các gói sau bị giữ trong khi có bản vá bảo mật: { $packages }.
    .unknown-system = Chưa đánh giá được: phiên bản này chưa đọc được hệ quản lý gói của máy.

patch-signed-repositories = Mọi kho phần mềm đều phải có chữ ký
    .why = Kho không đòi chữ ký cho phép bất kỳ ai trên đường truyền cài mã tùy ý với quyền root.
    .fix-debian = Bỏ trusted=yes, allow-insecure=yes, allow-weak=yes, allow-downgrade-to-insecure=yes khỏi các dòng trong danh sách và bỏ AllowUnauthenticated, AllowInsecureRepositories, AllowWeakRepositories, AllowDowngradeToInsecureRepositories khỏi /etc/apt/apt.conf.d/; khai báo khóa của kho bằng signed-by.
    .fix-rhel = Đặt gpgcheck=1 trong /etc/dnf/dnf.conf và trong các tệp được nêu ở /etc/yum.repos.d/
    .fix-alpine = Xóa dòng allow-untrusted khỏi /etc/apk/config
    .confirm = grep -rniE 'trusted|insecure|weak|unauthenticated' /etc/apt/  # họ RHEL: grep -rn gpgcheck /etc/dnf/dnf.conf /etc/yum.repos.d/
    .pass = Mọi kho đang dùng đều đòi chữ ký.
    .fail = Các chỗ sau bỏ qua chữ ký: { $places }.
    .fail-forged = Dữ liệu đã tải từ các kho này không khớp chữ ký của chúng: { $places }.
    .unknown-none = Chưa đánh giá được: máy không khai báo kho phần mềm nào.
    .unknown-system = Chưa đánh giá được: phiên bản này chưa đọc được hệ quản lý gói của máy.

patch-third-party-repositories = Chỉ dùng kho phần mềm của nhà phân phối
    .why = Mỗi kho của bên thứ ba có thể cài bất cứ thứ gì với quyền root, và bản vá của họ không theo lịch của nhà phân phối. Kho cần dùng phải được phê duyệt.
    .fix-debian = Xóa tệp của kho không còn dùng trong /etc/apt/sources.list.d/; đưa kho cần dùng vào danh sách phần mềm được duyệt.
    .fix-rhel = Gỡ gói của nhà cung cấp khác không còn dùng và đặt enabled=0 cho kho của họ trong /etc/yum.repos.d/; kho cần dùng thì đưa vào danh mục phần mềm được duyệt.
    .fix-alpine = Trong /etc/apk/repositories chỉ giữ các nhánh main và community của đúng bản Alpine đang dùng
    .confirm = apt-cache policy | grep -A1 http  # họ RHEL: rpm -qa --qf '%{"{"}VENDOR{"}"}\n' | sort | uniq -c; Alpine: cat /etc/apk/repositories
    .pass = Mọi kho đều của nhà phân phối.
    .partial = Có kho của bên thứ ba: { $repositories }.
    .fail-none = Máy không khai báo kho phần mềm nào, nên không nhận được bản vá nào.
    .unknown-system = Chưa đánh giá được: phiên bản này chưa đọc được hệ quản lý gói của máy.

patch-inventory = Liệt kê được phần mềm đã cài đặt
    .why = Phần mềm không có trong danh mục thì không ai vá. Danh mục này cũng là căn cứ để đối chiếu với các thông báo lỗ hổng.
    .fix-debian = Sửa cơ sở dữ liệu gói: dpkg --audit; bản sao nằm tại /var/backups/dpkg.status.0
    .fix-rhel = Sửa cơ sở dữ liệu gói: rpm --rebuilddb
    .confirm = dpkg-query -W | wc -l  # Họ RHEL: rpm -qa | wc -l; Alpine: apk info | wc -l
    .pass = Cơ sở dữ liệu gói liệt kê { $count } gói.
    .fail = Cơ sở dữ liệu gói liệt kê { $count } gói mà không có cả chính trình quản lý gói: đã bị xóa hoặc thay thế.

patch-advisories = Không thiếu bản vá nào mà nhà phát hành đã công bố
    .why = Kẻ tấn công cũng đọc các thông báo lỗ hổng. Lỗ hổng đã công bố mà nhiều tuần chưa vá là nơi bị thử đầu tiên; lỗ hổng đã biết là đang bị khai thác thì ai cũng thử.
    .fix-debian = apt-get update && apt-get upgrade; khởi động lại máy chủ nếu nhân hệ điều hành được cập nhật.
    .fix-rhel = dnf upgrade --security; khởi động lại máy chủ nếu nhân hệ điều hành được cập nhật.
    .confirm = debsecan --suite TÊN_PHIÊN_BẢN --only-fixed  # Họ RHEL: dnf updateinfo list --security; nhân đang chạy: uname -rv
    .pass = Không có phần mềm nào cũ hơn bản vá đã công bố. Dữ liệu lỗ hổng ngày { $date }.
    .pass-within = Có { $count } bản vá đã công bố nhưng chưa cài, bản lâu nhất từ { $date }: còn trong thời hạn { $limit } ngày.
    .partial-not-running = Các bản vá đã được cài trong thời hạn, nhưng nhân { $running } vẫn đang chạy: cần khởi động lại máy chủ.
    .fail = Thiếu { $count } bản vá đã công bố, bản lâu nhất từ { $date }, quá { $limit } ngày: { $packages }.
    .fail-exploited = { $count } gói có lỗ hổng đã biết là đang bị khai thác mà bản vá chưa có hiệu lực: { $packages }.
    .unknown-inventory = Chưa đánh giá được: chưa nhận được danh mục gói của máy chủ.
    .unknown-feed = Chưa đánh giá được: dữ liệu lỗ hổng của hệ thống thu thập đề ngày { $date }, đã quá { $limit } ngày hoặc ở tương lai. Hãy nạp dữ liệu mới hơn.
    .unknown-exploited = Chưa đánh giá được: có bản vá chưa cài, nhưng hệ thống thu thập không có danh sách lỗ hổng đang bị khai thác trong { $limit } ngày gần đây để biết mức khẩn cấp.
    .unknown-distribution = Chưa đánh giá được: danh mục gói tự nhận là { $release }, trong khi bằng chứng khác của cùng máy chủ cho thấy { $others }.
    .unknown-release = Chưa đánh giá được: danh mục gói tự nhận là { $release }, một bản phát hành chưa được biết đến, nên không rõ cảnh báo nào áp dụng.
    .unknown-list = Chưa đánh giá được: danh mục { $count } gói không có cả chính trình quản lý gói, nên đã bị làm rỗng hoặc bị tạo dựng.
    .unknown-undated = Chưa đánh giá được: có bản vá chưa cài và không rõ đã công bố từ khi nào.
    .unknown-stream = Chưa đánh giá được: cảnh báo lỗ hổng nêu phiên bản mới hơn của gói thuộc mô-đun mà không ghi rõ nhánh (stream), nên có thể áp dụng cho gói đang cài: { $packages }.

patch-central-mirror = Gói phần mềm lấy từ máy chủ vá của cơ quan
    .why = Có một máy chủ vá chung, cơ quan chủ động chọn bản vá nào được thử nghiệm, cài khi nào, biết máy nào còn thiếu; máy chủ nghiệp vụ không cần đường ra Internet.
    .fix = Lập máy chủ gương trong mạng nội bộ (apt-mirror, aptly, Foreman hoặc Red Hat Satellite), trỏ các kho của máy về đó và khai báo tên máy chủ ở patch_servers trong cấu hình của tác tử. Nếu vá tập trung bằng cách khác thì kê khai biện pháp tương đương.
    .confirm = grep -rhE "^(deb|URIs:|baseurl|metalink|mirrorlist|http)" /etc/apt/sources.list /etc/apt/sources.list.d /etc/yum.repos.d /etc/apk/repositories 2>/dev/null
    .pass = Mọi gói đều lấy từ máy chủ vá đã khai báo: { $servers }.
    .partial = Ngoài máy chủ vá đã khai báo, gói còn lấy từ: { $servers }.
    .fail = Gói lấy từ máy chủ không phải của cơ quan: { $servers }.
    .fail-none = Máy không khai báo kho phần mềm nào, nên không nhận được bản vá nào.
    .unknown-undeclared = Chưa đánh giá được: gói lấy từ { $servers } và cơ quan chưa khai báo đó có phải máy chủ vá của mình hay không (patch_servers).
    .unknown-system = Chưa đánh giá được: phiên bản này chưa đọc được hệ quản lý gói của máy.
