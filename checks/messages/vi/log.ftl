# Nội dung của nhóm log.

log-daemon = Dịch vụ ghi nhật ký đang chạy
    .why = Không có dịch vụ ghi nhật ký thì mọi sự cố sau này đều không còn dấu vết để điều tra.
    .fix-debian = apt install rsyslog && systemctl enable --now rsyslog
    .fix-rhel = dnf install rsyslog && systemctl enable --now rsyslog
    .confirm = systemctl status rsyslog systemd-journald
    .pass = Đang chạy: { $daemons }.
    .partial-boot = Đang chạy nhưng không tự khởi động cùng máy: { $daemons }.
    .fail = Không có rsyslog, syslog-ng hay journald nào đang chạy.

log-persistent-journal = Nhật ký journald được giữ lại sau khi khởi động lại
    .why = Nếu chỉ nằm trong bộ nhớ, nhật ký mất sạch khi máy khởi động lại, kể cả khi kẻ tấn công chủ động khởi động lại máy.
    .fix = mkdir -p /var/log/journal /etc/systemd/journald.conf.d && printf '[Journal]\nStorage=persistent\n' > /etc/systemd/journald.conf.d/50-luu-tru.conf && systemctl restart systemd-journald && journalctl --flush
    .confirm = systemd-analyze cat-config systemd/journald.conf; ls /var/log/journal/*/
    .pass = Storage={ $storage } và đã có tệp nhật ký trên đĩa.
    .partial-rsyslog = Storage={ $storage }: journald không giữ nhật ký trên đĩa; chỉ có rsyslog ghi lại ra tệp văn bản.
    .fail = Storage={ $storage }: nhật ký chỉ nằm trong bộ nhớ và mất khi khởi động lại.
    .fail-no-files = Cấu hình Storage={ $storage } nhưng trên đĩa chưa có tệp nhật ký nào; journald chưa được khởi động lại.
    .not-applicable = Không áp dụng: máy chủ không dùng systemd-journald.

log-forwarding = Nhật ký được gửi về nơi lưu tập trung
    .why = Kẻ chiếm được máy sẽ xóa nhật ký tại chỗ; chỉ bản đã gửi đi nơi khác mới còn giá trị.
    .fix = Tạo /etc/rsyslog.d/90-gui-di.conf với dòng *.* action(type="omfwd" target="TÊN_MÁY_CHỦ_NHẬT_KÝ" port="6514" protocol="tcp"), rồi chạy rsyslogd -N1 && systemctl restart rsyslog
    .confirm = grep -rnE 'omfwd|omrelp|@' /etc/rsyslog.conf /etc/rsyslog.d; ss -tn state established
    .pass = Toàn bộ nhật ký được gửi tới: { $targets }.
    .partial-shipper = Có chương trình gửi nhật ký đang chạy ({ $shippers }), nhưng chưa xác nhận được gửi những gì và gửi đi đâu.
    .partial-unconnected = Đã cấu hình gửi tới { $targets } nhưng hiện không có kết nối (UDP không có kết nối: không gì cho thấy dữ liệu đến nơi).
    .partial-some = Chỉ một phần nhật ký chắc chắn được gửi tới: { $targets }.
    .fail = Không có nơi nhận nhật ký nào ngoài chính máy này.
    .fail-stopped = Đã cấu hình gửi tới { $targets } nhưng dịch vụ gửi không chạy.

log-forwarding-tls = Nhật ký gửi đi được mã hóa và xác thực bên nhận
    .why = Nhật ký gửi không mã hóa có thể bị đọc, sửa hoặc chuyển hướng trên đường truyền.
    .fix-debian = apt install rsyslog-gnutls; trong action(type="omfwd" …) thêm StreamDriver="gtls" StreamDriverMode="1" StreamDriverAuthMode="x509/name" StreamDriverPermittedPeers="TÊN_MÁY_CHỦ_NHẬT_KÝ"; rồi systemctl restart rsyslog
    .fix-rhel = dnf install rsyslog-gnutls; phần còn lại làm như trên Debian.
    .confirm = grep -rniE 'streamdriver|tls' /etc/rsyslog.conf /etc/rsyslog.d
    .pass = Mọi nơi nhận đều dùng TLS và được kiểm tra tên.
    .partial = Có mã hóa nhưng không kiểm tra danh tính bên nhận: { $targets }.
    .fail = Gửi không mã hóa tới: { $targets }.
    .fail-none = Nhật ký không được gửi đi đâu cả.
    .unknown-shipper = Chưa đánh giá được: { $shippers } tự quản lý việc gửi và cấu hình của nó không được đọc.

log-forwarding-queue = Nhật ký không mất khi bên nhận tạm ngừng
    .why = Mặc định, nhật ký bị bỏ khi máy chủ nhật ký ngừng hoạt động; kẻ tấn công chỉ cần chặn đường gửi.
    .fix = Trong action(type="omfwd" …) thêm queue.type="LinkedList" queue.filename="gui_di" queue.maxDiskSpace="1g" queue.saveOnShutdown="on" action.resumeRetryCount="-1"; rồi systemctl restart rsyslog
    .confirm = grep -rniE 'queue|resumeRetry' /etc/rsyslog.conf /etc/rsyslog.d
    .pass = Mọi nơi nhận đều có hàng đợi trên đĩa và thử gửi lại không giới hạn.
    .partial = Chỉ có một trong hai: hàng đợi trên đĩa hoặc thử lại không giới hạn: { $targets }.
    .fail = Nhật ký sẽ mất khi bên nhận ngừng: { $targets }.
    .fail-none = Nhật ký không được gửi đi đâu cả.
    .unknown-shipper = Chưa đánh giá được: { $shippers } tự quản lý việc gửi và cấu hình của nó không được đọc.

log-retention = Nhật ký được giữ đủ số ngày theo cấp độ
    .why = Nhiều vụ xâm nhập chỉ bị phát hiện sau nhiều tuần; nhật ký giữ quá ngắn thì không truy được nguồn gốc. Mặc định của Debian chỉ giữ 4 tuần.
    .fix-debian = Sửa /etc/logrotate.d/rsyslog: đặt weekly và rotate N với N × 7 lớn hơn số ngày yêu cầu, bỏ dòng size, maxsize và maxage; kiểm tra bằng logrotate -d /etc/logrotate.conf
    .fix-rhel = Sửa /etc/logrotate.d/rsyslog theo cùng cách; kiểm tra bằng logrotate -d /etc/logrotate.conf
    .confirm = ls -lt /var/log/auth.log* /var/log/secure*; grep -rnE 'rotate|daily|weekly|monthly' /etc/logrotate.conf /etc/logrotate.d/rsyslog; journalctl --header | grep -E 'File path|Head realtime'
    .pass = Nhật ký được giữ { $days } ngày, yêu cầu { $wanted } ngày.
    .pass-journal = Nhật ký journald hiện có từ { $days } ngày trước, yêu cầu { $wanted } ngày.
    .partial-young = Cấu hình giữ { $days } ngày, yêu cầu { $wanted } ngày; máy có vẻ mới hoạt động nên chưa có nhật ký cũ đến vậy. Được tính đủ khi nhật ký thực có đủ số ngày.
    .partial-missing = Cấu hình đủ { $wanted } ngày nhưng nhật ký hiện chỉ có từ { $days } ngày trước, dù máy đã hoạt động lâu hơn.
    .fail = Nhật ký chỉ được giữ { $days } ngày, yêu cầu { $wanted } ngày.
    .fail-size = Nhật ký xoay vòng theo dung lượng nên không bảo đảm số ngày; yêu cầu { $wanted } ngày (hiện có { $days } ngày).
    .fail-none = Không có nhật ký nào được giữ trên đĩa; yêu cầu { $wanted } ngày (hiện có { $days }).
    .fail-journal = Nhật ký journald chỉ giữ được { $days } ngày, yêu cầu { $wanted } ngày.
    .unknown-young = Chưa đánh giá được: máy còn mới ({ $days } ngày nhật ký) và journald chỉ giới hạn theo dung lượng; yêu cầu { $wanted } ngày.
    .not-applicable-level = Không áp dụng: tiêu chuẩn không quy định thời gian lưu ở cấp độ này.

log-space = Còn đủ chỗ để ghi nhật ký
    .why = Hết chỗ thì nhật ký ngừng ghi, thường đúng vào lúc máy bị tấn công dồn dập.
    .fix = Xem thư mục nào chiếm chỗ: du -xsh /var/log/* | sort -h; giảm journald bằng journalctl --vacuum-size=1G (chỉ khi đã gửi nhật ký đi nơi khác) hoặc mở rộng phân vùng.
    .confirm = df -h /var/log /var/log/audit
    .pass = Còn trống ít nhất { $percent }%.
    .partial = Chỉ còn trống khoảng { $percent }%.
    .fail = Sắp hết chỗ: còn trống khoảng { $percent }%.

log-audit-running = Dịch vụ auditd chạy từ lúc khởi động
    .why = auditd ghi lại ai đã làm gì ở mức nhân; không có nó thì lệnh của quản trị viên và thay đổi tài khoản không để lại dấu vết chắc chắn.
    .fix-debian = apt install auditd audispd-plugins && systemctl enable --now auditd; thêm audit=1 audit_backlog_limit=8192 vào GRUB_CMDLINE_LINUX trong /etc/default/grub, chạy update-grub rồi khởi động lại.
    .fix-rhel = dnf install audit && systemctl enable --now auditd; grubby --update-kernel=ALL --args='audit=1 audit_backlog_limit=8192' rồi khởi động lại.
    .confirm = systemctl is-enabled auditd; auditctl -s; cat /proc/cmdline
    .pass = auditd đang chạy, tự khởi động, và nhân ghi nhật ký từ lúc khởi động.
    .partial-boot = auditd đang chạy nhưng không tự khởi động cùng máy.
    .partial-kernel = auditd đang chạy nhưng thiếu audit=1 trong tham số khởi động nhân.
    .fail-off = Nhân đang tắt chức năng audit.
    .fail-stopped = auditd đã cài nhưng không chạy hoặc không nhận bản ghi.
    .not-applicable = Không áp dụng: đây là container, nhật ký audit của nhân thuộc máy chủ bên dưới và được đánh giá ở đó.
    .fail-absent = Chưa cài auditd, nên các sự kiện này không được ghi lại.

log-audit-logins = Ghi lại sự kiện đăng nhập và phiên làm việc
    .why = Các tệp ghi đăng nhập bị sửa là dấu hiệu xóa dấu vết; cần ghi lại ai đã sửa.
    .fix = printf '%s\n' '-w /var/log/lastlog -p wa -k logins' '-w /var/run/faillock -p wa -k logins' '-w /var/log/wtmp -p wa -k session' '-w /var/log/btmp -p wa -k session' > /etc/audit/rules.d/50-capdo-logins.rules && augenrules --load
    .confirm = auditctl -l; auditctl -s
    .pass = Các quy tắc cần thiết đều đã được nạp.
    .partial = Còn thiếu quy tắc cho: { $missing }.
    .fail = Không có quy tắc nào trong số cần thiết: { $missing }.
    .fail-off = Nhân đang tắt chức năng audit nên không quy tắc nào có tác dụng.
    .fail-suppressed = Có quy tắc “never,task” làm mọi quy tắc khác mất tác dụng.
    .not-applicable = Không áp dụng: đây là container, nhật ký audit của nhân thuộc máy chủ bên dưới và được đánh giá ở đó.
    .fail-absent = Chưa cài auditd, nên các sự kiện này không được ghi lại.

log-audit-identity = Ghi lại thay đổi tài khoản và nhóm
    .why = Thêm tài khoản hoặc nhóm là cách thường dùng nhất để quay lại máy đã chiếm được.
    .fix = printf '%s\n' '-w /etc/passwd -p wa -k identity' '-w /etc/shadow -p wa -k identity' '-w /etc/group -p wa -k identity' '-w /etc/gshadow -p wa -k identity' '-w /etc/security/opasswd -p wa -k identity' > /etc/audit/rules.d/50-capdo-identity.rules && augenrules --load
    .confirm = auditctl -l; auditctl -s
    .pass = Các quy tắc cần thiết đều đã được nạp.
    .partial = Còn thiếu quy tắc cho: { $missing }.
    .fail = Không có quy tắc nào trong số cần thiết: { $missing }.
    .fail-off = Nhân đang tắt chức năng audit nên không quy tắc nào có tác dụng.
    .fail-suppressed = Có quy tắc “never,task” làm mọi quy tắc khác mất tác dụng.
    .not-applicable = Không áp dụng: đây là container, nhật ký audit của nhân thuộc máy chủ bên dưới và được đánh giá ở đó.
    .fail-absent = Chưa cài auditd, nên các sự kiện này không được ghi lại.

log-audit-admin = Ghi lại hành động quản trị và tiến trình được chạy
    .why = Khi có sự cố phải trả lời được: ai đã chạy lệnh gì với quyền quản trị.
    .fix = printf '%s\n' '-w /etc/sudoers -p wa -k scope' '-w /etc/sudoers.d/ -p wa -k scope' '-a always,exit -F arch=b64 -S execve -F euid=0 -F auid>=1000 -F auid!=unset -k admin' > /etc/audit/rules.d/50-capdo-admin.rules && augenrules --load
    .confirm = auditctl -l; auditctl -s
    .pass = Các quy tắc cần thiết đều đã được nạp.
    .partial = Còn thiếu quy tắc cho: { $missing }.
    .fail = Không có quy tắc nào trong số cần thiết: { $missing }.
    .fail-off = Nhân đang tắt chức năng audit nên không quy tắc nào có tác dụng.
    .fail-suppressed = Có quy tắc “never,task” làm mọi quy tắc khác mất tác dụng.
    .not-applicable = Không áp dụng: đây là container, nhật ký audit của nhân thuộc máy chủ bên dưới và được đánh giá ở đó.
    .fail-absent = Chưa cài auditd, nên các sự kiện này không được ghi lại.

log-audit-time = Ghi lại thay đổi giờ hệ thống và cấu hình mạng
    .why = Đổi giờ làm sai lệch mọi nhật ký; đổi tên máy, tệp hosts có thể chuyển hướng kết nối.
    .fix = printf '%s\n' '-a always,exit -F arch=b64 -S adjtimex,settimeofday,clock_settime -k time' '-w /etc/localtime -p wa -k time' '-w /etc/hosts -p wa -k net' '-a always,exit -F arch=b64 -S sethostname,setdomainname -k net' > /etc/audit/rules.d/50-capdo-time.rules && augenrules --load
    .confirm = auditctl -l; auditctl -s
    .pass = Các quy tắc cần thiết đều đã được nạp.
    .partial = Còn thiếu quy tắc cho: { $missing }.
    .fail = Không có quy tắc nào trong số cần thiết: { $missing }.
    .fail-off = Nhân đang tắt chức năng audit nên không quy tắc nào có tác dụng.
    .fail-suppressed = Có quy tắc “never,task” làm mọi quy tắc khác mất tác dụng.
    .not-applicable = Không áp dụng: đây là container, nhật ký audit của nhân thuộc máy chủ bên dưới và được đánh giá ở đó.
    .fail-absent = Chưa cài auditd, nên các sự kiện này không được ghi lại.

log-audit-immutable = Quy tắc audit bị khóa đến lần khởi động sau
    .why = Không khóa thì người chiếm quyền root chỉ cần một lệnh là tắt được việc ghi nhật ký.
    .fix = echo '-e 2' > /etc/audit/rules.d/99-finalize.rules && augenrules --load (muốn sửa quy tắc về sau phải khởi động lại máy)
    .confirm = auditctl -s | grep enabled
    .pass = Quy tắc đang bị khóa (enabled 2).
    .partial-file = Quy tắc đang bị khóa, nhưng tệp cấu hình không có -e 2 nên sẽ mất khóa khi khởi động lại.
    .fail = Quy tắc audit không bị khóa.
    .fail-not-loaded = Tệp cấu hình có -e 2 nhưng nhân chưa khóa; cần nạp lại quy tắc.
    .not-applicable = Không áp dụng: đây là container, nhật ký audit của nhân thuộc máy chủ bên dưới và được đánh giá ở đó.
    .fail-absent = Chưa cài auditd, nên các sự kiện này không được ghi lại.

log-audit-retention = auditd không âm thầm bỏ bản ghi khi đầy
    .why = Nếu đầy tệp hoặc đầy đĩa mà auditd chỉ bỏ qua thì kẻ tấn công có thể làm đầy đĩa để không bị ghi lại.
    .fix = Trong /etc/audit/auditd.conf đặt max_log_file_action = keep_logs (hoặc rotate), space_left_action = email, disk_full_action = rotate (hoặc single, halt nếu thà dừng máy còn hơn mất bản ghi: khi đó máy chủ sẽ dừng lúc đầy đĩa); rồi service auditd reload
    .confirm = grep -E '_action|write_logs|log_format|num_logs' /etc/audit/auditd.conf
    .fail-unwritten = auditd được đặt không ghi bản ghi nào (write_logs = no hoặc log_format = nolog).
    .pass = Khi đầy tệp: { $file }; sắp hết chỗ: { $alarm }; hết chỗ: { $disk }.
    .partial = Chưa có cảnh báo đủ mạnh hoặc sẽ ngừng ghi khi hết chỗ (đầy tệp: { $file }; sắp hết chỗ: { $alarm }; hết chỗ: { $disk }).
    .fail = Bản ghi sẽ mất mà không ai hay (đầy tệp: { $file }; sắp hết chỗ: { $alarm }; hết chỗ: { $disk }).
    .not-applicable = Không áp dụng: đây là container, nhật ký audit của nhân thuộc máy chủ bên dưới và được đánh giá ở đó.
    .fail-absent = Chưa cài auditd, nên các sự kiện này không được ghi lại.

log-permissions = Chỉ người có trách nhiệm đọc được nhật ký hệ thống
    .why = Nhật ký chứa tên tài khoản, địa chỉ và đôi khi cả mật khẩu gõ nhầm; ai ghi được thì sửa được bằng chứng.
    .fix = chmod 640 cho từng tệp trong danh sách; đặt $FileCreateMode 0640 trong /etc/rsyslog.conf và create 640 trong /etc/logrotate.d/rsyslog.
    .confirm = ls -ld /var/log; ls -l /var/log/auth.log* /var/log/secure* /var/log/syslog* /var/log/messages* /var/log/kern.log* /var/log/cron* /var/log/mail* /var/log/audit
    .pass = Không tệp nhật ký hệ thống nào mở quá 0640.
    .fail = { $count } mục mở quá mức: { $files }.
    .unknown-none = Chưa đánh giá được: không tìm thấy tệp nhật ký hệ thống nào.

log-not-a-collector = Máy không nhận nhật ký từ máy khác ngoài chủ ý
    .why = Cổng nhận nhật ký mở cho mọi máy cho phép làm đầy đĩa và chèn bản ghi giả.
    .fix = Xóa hoặc ghi chú các dòng imtcp, imudp, imrelp trong /etc/rsyslog.conf và /etc/rsyslog.d rồi systemctl restart rsyslog; systemctl disable --now systemd-journal-remote.socket. Nếu đây là máy chủ nhật ký, khai báo cổng trong expected_ports.
    .confirm = ss -lntup | grep -E ':(514|601|2514|6514|10514|20514|19532) '; ss -lntup | grep rsyslogd
    .pass = Không có cổng nhận nhật ký nào mở cho máy khác.
    .pass-declared = Máy nhận nhật ký như đã khai báo: { $declared }.
    .partial = Cấu hình có nhận nhật ký nhưng cổng hiện chưa mở: { $inputs }.
    .fail = Đang nhận nhật ký từ máy khác mà không khai báo, cổng: { $ports }.

log-login-records = Việc đăng nhập được ghi lại
    .why = Không có bản ghi đăng nhập thì không thể biết ai đã vào máy và vào lúc nào.
    .fix-debian = apt install rsyslog && systemctl enable --now rsyslog; kiểm tra dòng auth,authpriv.* trong /etc/rsyslog.conf; touch /var/log/wtmp && chown root:utmp /var/log/wtmp && chmod 664 /var/log/wtmp
    .fix-rhel = systemctl enable --now rsyslog; kiểm tra dòng authpriv.* trong /etc/rsyslog.conf; touch /var/log/wtmp && chown root:utmp /var/log/wtmp && chmod 664 /var/log/wtmp
    .confirm = ls -l /var/log/auth.log /var/log/secure /var/log/wtmp; last -n 5
    .pass = Bản ghi gần nhất ngày { $date }.
    .partial-sessions = Có bản ghi đăng nhập (ngày { $date }) nhưng thiếu wtmp ghi các phiên làm việc.
    .fail = Không có tệp nhật ký đăng nhập và journald không lưu trên đĩa.
    .fail-silent = Nhật ký đăng nhập không có gì mới từ ngày { $date }: việc ghi đã hỏng.
    .unknown-future = Chưa đánh giá được: bản ghi mới nhất có ngày trong tương lai ({ $date }).
