# Nội dung của nhóm time.

time-configured-service = Có dịch vụ đồng bộ thời gian, tự khởi động
    .why = Giờ sai thì không thể ghép nhật ký của nhiều máy để điều tra, và chứng thư số, mã OTP có thể bị từ chối.
    .fix-debian = apt install chrony && systemctl enable --now chrony
    .fix-rhel = dnf install chrony && systemctl enable --now chronyd
    .confirm = systemctl status chrony chronyd systemd-timesyncd ntpsec
    .pass = Đang chạy và tự khởi động: { $services }.
    .partial-two = Nhiều dịch vụ cùng chỉnh đồng hồ: { $services }.
    .partial-boot = Đang chạy nhưng không tự khởi động cùng máy: { $services }.
    .fail = Không có dịch vụ đồng bộ thời gian nào đang chạy.
    .fail-no-server = Dịch vụ { $services } chạy nhưng không có máy chủ thời gian nào được cấu hình.
    .not-applicable = Không áp dụng: đây là container, dùng đồng hồ của máy chủ bên dưới.

time-synchronised = Đồng hồ được đồng bộ
    .why = Nhật ký chỉ có giá trị làm bằng chứng khi giờ đúng.
    .fix = Kiểm tra nguồn bằng chronyc sources -v; mở UDP 123 tới máy chủ thời gian trên tường lửa; rồi chronyc makestep
    .confirm = chronyc tracking; timedatectl
    .pass = Lệch không quá { $offset } ms, stratum { $stratum } (cho phép { $most } ms).
    .pass-kernel = Nhân báo đồng hồ đã đồng bộ; dịch vụ này không cho biết độ lệch.
    .fail = Đồng hồ chưa được đồng bộ.
    .fail-no-service = Không có dịch vụ nào giữ đồng hồ, dù giờ có thể được máy ảo chủ chỉnh.
    .fail-own = chrony đang lấy chính đồng hồ của máy làm nguồn (stratum { $stratum }; { $offset } ms / { $most } ms).
    .fail-stale = Đã hơn một ngày không nhận được giờ từ nguồn nào (stratum { $stratum }; { $offset } ms / { $most } ms).
    .fail-offset = Đồng hồ lệch tới { $offset } ms, cho phép { $most } ms (stratum { $stratum }).
    .not-applicable = Không áp dụng: đây là container, dùng đồng hồ của máy chủ bên dưới.

time-source-approved = Nguồn thời gian nằm trong danh sách được duyệt
    .why = Nguồn thời gian lạ có thể làm lệch giờ để vô hiệu hóa chứng thư số hoặc làm rối nhật ký.
    .fix = Trong /etc/chrony/chrony.conf (RHEL: /etc/chrony.conf) chỉ giữ các dòng server của cơ quan, bỏ pool và sourcedir /run/chrony-dhcp; khai báo chúng trong approved_ntp của capdo; systemctl restart chrony
    .confirm = grep -rnE '^(server|pool|peer|sourcedir)' /etc/chrony* /run/chrony-dhcp; timedatectl show-timesync
    .pass = Mọi nguồn đều đã được duyệt: { $servers }.
    .partial-undeclared = Có nguồn thời gian ({ $servers }) nhưng cơ quan chưa khai báo nguồn nào được duyệt (approved_ntp).
    .fail = Nguồn chưa được duyệt: { $servers }.
    .fail-default = Không chọn máy chủ thời gian nào; chương trình dùng nguồn mặc định của bản phân phối.
    .fail-no-service = Không có dịch vụ đồng bộ thời gian nào đang chạy.
    .not-applicable = Không áp dụng: đây là container, dùng đồng hồ của máy chủ bên dưới.
