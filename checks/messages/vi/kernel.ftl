# Nội dung của nhóm kernel.

kernel-core-dumps = Không lưu ảnh bộ nhớ của chương trình lỗi
    .why = Ảnh bộ nhớ chứa mật khẩu, khóa và dữ liệu cá nhân mà chương trình đang giữ.
    .fix = printf "kernel.core_pattern=|/bin/false\nfs.suid_dumpable=0\n" > /etc/sysctl.d/99-no-core.conf && sysctl --system. Nếu dùng systemd-coredump: đặt Storage=none và ProcessSizeMax=0 trong /etc/systemd/coredump.conf.
    .confirm = sysctl kernel.core_pattern fs.suid_dumpable; grep -rn core /etc/security/limits.conf /etc/security/limits.d
    .pass = Không ảnh bộ nhớ nào được lưu.
    .partial = Chỉ phiên đăng nhập bị giới hạn; dịch vụ vẫn có thể ghi ảnh bộ nhớ.
    .fail = Ảnh bộ nhớ của chương trình lỗi được lưu lại.
    .fail-suid = Chương trình đổi quyền (setuid) vẫn được ghi ảnh bộ nhớ (fs.suid_dumpable khác 0).

kernel-exploit-protection = Bật cơ chế chống khai thác lỗ hổng của nhân
    .why = Các cơ chế này làm cho phần lớn mã khai thác không chạy được, kể cả khi phần mềm còn lỗ hổng.
    .fix = printf "kernel.randomize_va_space=2\nkernel.kptr_restrict=1\nkernel.dmesg_restrict=1\nkernel.yama.ptrace_scope=1\nfs.suid_dumpable=0\nkernel.unprivileged_bpf_disabled=1\n" > /etc/sysctl.d/60-exploit.conf && sysctl --system
    .confirm = sysctl kernel.randomize_va_space kernel.kptr_restrict kernel.dmesg_restrict kernel.yama.ptrace_scope fs.suid_dumpable kernel.unprivileged_bpf_disabled
    .pass = Mọi cơ chế chống khai thác đều bật.
    .partial = Ngẫu nhiên hóa địa chỉ đã bật; còn yếu: { $settings }.
    .partial-boot = Hiện đã bật đủ, nhưng tệp cấu hình sẽ làm yếu sau khi khởi động lại: { $settings }.
    .fail-aslr = Ngẫu nhiên hóa địa chỉ (ASLR) không bật đầy đủ. Các tham số yếu: { $settings }.

kernel-mac-enforcing = SELinux hoặc AppArmor đang cưỡng chế
    .why = Cơ chế này giữ một dịch vụ bị chiếm quyền trong phạm vi của nó.
    .fix-debian = apt-get install apparmor apparmor-utils && aa-enforce /etc/apparmor.d/*
    .fix-rhel = sed -i 's/^SELINUX=.*/SELINUX=enforcing/' /etc/selinux/config && setenforce 1
    .confirm = getenforce; aa-status
    .pass-selinux = SELinux đang cưỡng chế.
    .pass-apparmor = AppArmor cưỡng chế { $enforced } hồ sơ; không hồ sơ nào chỉ cảnh báo.
    .partial-boot = SELinux đang cưỡng chế, nhưng /etc/selinux/config sẽ tắt sau khi khởi động lại.
    .partial-complain = Các hồ sơ AppArmor chỉ cảnh báo, không chặn: { $profiles }.
    .fail-permissive = SELinux chỉ cảnh báo, không chặn.
    .fail-no-profile = AppArmor bật nhưng không hồ sơ nào được cưỡng chế.
    .fail-none = Cả SELinux và AppArmor đều không hoạt động.
    .not-applicable = Đây là container: nhân thuộc về máy bên dưới.

kernel-rare-modules = Chặn giao thức và hệ thống tệp hiếm dùng
    .why = Mã nhân hiếm dùng thường có lỗ hổng, và người dùng thường có thể khiến nhân tự nạp nó.
    .fix = for m in dccp sctp rds tipc cramfs freevxfs hfs hfsplus jffs2; do printf "install $m /bin/false\nblacklist $m\n"; done > /etc/modprobe.d/rare.conf
    .confirm = modprobe -n -v dccp; grep -rn '^install' /etc/modprobe.d; lsmod
    .pass = Các mô-đun hiếm dùng đều không có hoặc đã bị chặn.
    .partial = Giao thức hiếm đã chặn; các mô-đun sau chưa chặn hẳn: { $modules }.
    .fail = Các mô-đun hiếm dùng có thể nạp hoặc đang nạp: { $modules }.
    .not-applicable = Đây là container: nhân thuộc về máy bên dưới.

kernel-usb-storage = Chặn thiết bị nhớ USB
    .why = Ổ USB mang mã độc vào và mang dữ liệu ra mà không qua mạng.
    .fix = printf "install usb-storage /bin/false\nblacklist usb-storage\n" > /etc/modprobe.d/usb-storage.conf && modprobe -r usb-storage
    .confirm = modprobe -n -v usb-storage; lsmod | grep usb_storage
    .pass = Không dùng được thiết bị nhớ USB.
    .partial-usbguard = USBGuard được bật khi khởi động; quy tắc của nó chưa được kiểm chứng.
    .partial-blacklist = Mô-đun usb-storage chỉ nằm trong danh sách đen: vẫn nạp được theo tên.
    .fail = Thiết bị nhớ USB dùng được (mô-đun usb-storage: { $state }).
    .not-applicable = Đây là container: nhân thuộc về máy bên dưới.
