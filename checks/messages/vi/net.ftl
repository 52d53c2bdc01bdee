# Nội dung của nhóm net.

net-admin-sources = Chỉ một số địa chỉ được phép quản trị từ xa
    .why = Cổng SSH mở cho mọi địa chỉ thì ai trên mạng cũng có thể dò mật khẩu hoặc khai thác lỗ hổng của SSH.
    .fix = Chỉ cho phép dải địa chỉ quản trị vào cổng SSH, ví dụ: nft add rule inet filter input ip saddr 10.0.0.0/24 tcp dport 22 accept (thay bằng dải của đơn vị), rồi xóa quy tắc mở cổng 22 cho mọi nguồn.
    .confirm = nft list ruleset | grep -n "dport 22"; ss -tlnp | grep ssh
    .pass = Bộ lọc gói chỉ cho các nguồn đã nêu vào cổng SSH.
    .partial = SSH chỉ lắng nghe trên địa chỉ nội bộ, nhưng bộ lọc gói không giới hạn nguồn: mọi máy trong mạng đó đều kết nối được.
    .partial-users = sshd chỉ nhận người dùng từ các địa chỉ đã nêu (AllowUsers), nhưng bộ lọc gói vẫn để ngỏ cổng cho mọi nguồn.
    .fail = Cổng SSH mở cho mọi nguồn: bộ lọc gói không giới hạn địa chỉ quản trị.
    .not-applicable = Không có dịch vụ SSH nào mà máy khác kết nối được.
    .unknown-process = Chưa đánh giá được: không xem được tiến trình nào giữ một cổng đang mở (cần quyền root hoặc CAP_SYS_PTRACE), nên chưa loại trừ được dịch vụ SSH trên cổng khác thường.

net-brute-force = Chặn dò mật khẩu SSH
    .why = Không có cơ chế chặn thì kẻ tấn công thử được hàng nghìn mật khẩu mỗi giờ.
    .fix-debian = apt-get install fail2ban nftables; tạo /etc/fail2ban/jail.d/sshd.local gồm bốn dòng "[sshd]", "enabled = true", "backend = systemd", "banaction = nftables-multiport"; rồi systemctl enable --now fail2ban && systemctl restart fail2ban
    .fix-rhel = dnf install epel-release fail2ban; tạo /etc/fail2ban/jail.d/sshd.local gồm hai dòng "[sshd]", "enabled = true"; rồi systemctl enable --now fail2ban
    .confirm = systemctl is-active fail2ban crowdsec sshguard; fail2ban-client status sshd; fail2ban-client get sshd actions; command -v iptables nft; sshd -T | grep -i persourcepenalties
    .pass = Đang chạy: { $guards }.
    .pass-penalties = sshd tự làm chậm và chặn địa chỉ đăng nhập sai nhiều lần (PerSourcePenalties).
    .fail = Không có cơ chế nào chặn địa chỉ dò mật khẩu SSH.
    .fail-jail = Fail2ban đang chạy nhưng jail sshd chưa bật, nên không chặn được gì cho SSH.
    .fail-tool = Fail2ban chạy và có đếm, nhưng không chặn được ai: hành động { $action } cần một chương trình chưa được cài.
    .not-applicable = Không có dịch vụ SSH nào mà máy khác kết nối được.
    .unknown-process = Chưa đánh giá được: không xem được tiến trình nào giữ một cổng đang mở (cần quyền root hoặc CAP_SYS_PTRACE), nên chưa loại trừ được dịch vụ SSH trên cổng khác thường.

net-database-exposed = Cơ sở dữ liệu không mở ra mạng
    .why = Cơ sở dữ liệu mở ra mạng là con đường ngắn nhất để lấy toàn bộ dữ liệu: chỉ cần một mật khẩu yếu hoặc một lỗ hổng.
    .fix = Cho cơ sở dữ liệu chỉ lắng nghe tại máy: MariaDB/MySQL bind-address = 127.0.0.1; PostgreSQL listen_addresses = 'localhost'; Redis bind 127.0.0.1 ::1; MongoDB net.bindIp: 127.0.0.1; rồi khởi động lại dịch vụ. Nếu máy khác thật sự cần, khai báo cổng trong expected_ports, bắt buộc TLS và giới hạn nguồn bằng tường lửa.
    .confirm = ss -tlnp | grep -E ':(1433|1521|3306|5432|6379|9200|11211|27017) '
    .pass = Cơ sở dữ liệu chỉ lắng nghe tại chính máy chủ.
    .partial = Cơ sở dữ liệu lắng nghe trên mạng ({ $ports }), đã khai báo hoặc được tường lửa chặn; chưa chứng minh được mã hóa và giới hạn nguồn.
    .fail = Máy khác kết nối được tới cơ sở dữ liệu: { $ports }.
    .not-applicable = Không có cơ sở dữ liệu nào lắng nghe trên máy chủ này.
    .unknown-process = Chưa đánh giá được: không xem được tiến trình nào giữ một cổng đang mở (cần quyền root hoặc CAP_SYS_PTRACE), nên chưa loại trừ được cơ sở dữ liệu trên cổng khác thường.

net-dns-servers = Chỉ dùng máy chủ DNS tin cậy
    .why = Máy chủ DNS lạ có thể dẫn máy chủ tới địa chỉ giả mạo.
    .fix = Đặt đúng máy chủ DNS của đơn vị trong cấu hình mạng (nmcli, netplan, /etc/network/interfaces hoặc /etc/systemd/resolved.conf) và khai báo chúng trong approved_dns.
    .confirm = cat /etc/resolv.conf /run/systemd/resolve/resolv.conf
    .pass = Mọi máy chủ DNS đang dùng đều thuộc danh sách đã khai báo.
    .fail = Máy chủ DNS ngoài danh sách: { $servers }.
    .unknown-undeclared = Chưa đánh giá được: đơn vị chưa khai báo danh sách DNS tin cậy (đang dùng { $servers }).
    .unknown-none = Chưa đánh giá được: cấu hình không nêu máy chủ DNS nào.
    .unknown-local = Chưa đánh giá được: một dịch vụ DNS tại chính máy ({ $servers }) che các máy chủ thật.

net-firewall-default-deny = Tường lửa của máy chặn mặc định
    .why = Khi tường lửa chặn mặc định, dịch vụ mở nhầm vẫn không bị truy cập từ mạng.
    .fix-debian = Cho phép SSH trước để không tự khóa mình: apt-get install ufw && ufw allow from DẢI_QUẢN_TRỊ to any port 22 proto tcp && ufw default deny incoming && ufw enable
    .fix-rhel = systemctl enable --now firewalld; firewall-cmd --set-default-zone=public; chỉ mở dịch vụ cần thiết: firewall-cmd --permanent --add-service=https && firewall-cmd --reload
    .confirm = nft list ruleset; iptables-save; ip6tables-save
    .pass = Gói tin đến mà không quy tắc nào cho phép đều bị chặn, cả IPv4 và IPv6.
    .partial-wide = Tường lửa chặn mặc định, nhưng có quy tắc rất rộng (cả một giao diện mạng hoặc điều kiện không xác định được) cho gói tin vào.
    .fail = Tường lửa của máy không chặn mặc định gói tin IPv4 đến.
    .fail-v6 = Tường lửa chặn IPv4 nhưng để ngỏ IPv6 trong khi máy có địa chỉ IPv6.

net-firewall-logging = Tường lửa ghi nhật ký
    .why = Nhật ký tường lửa cho thấy ai đã dò quét và từ khi nào.
    .fix-debian = ufw logging low; hoặc với nftables, thêm trước quy tắc chặn cuối: limit rate 5/minute log prefix "nft-drop: "
    .fix-rhel = firewall-cmd --set-log-denied=unicast
    .confirm = nft list ruleset | grep -w log; iptables-save | grep -E 'LOG|NFLOG'
    .pass = Có quy tắc ghi nhật ký trên đường gói tin đến.
    .fail = Không quy tắc nào trên đường gói tin đến ghi nhật ký.
    .fail-no-filter = Không có tường lửa chặn mặc định, nên cũng không có nhật ký tường lửa.

net-firewall-persistent = Tường lửa còn nguyên sau khi khởi động lại
    .why = Quy tắc chỉ nạp bằng tay sẽ mất khi máy khởi động lại, thường vào ban đêm và không ai biết.
    .fix-debian = Với ufw: systemctl enable ufw && ufw enable. Với nftables: nft list ruleset > /etc/nftables.conf && systemctl enable nftables. Với iptables: apt-get install iptables-persistent && netfilter-persistent save
    .fix-rhel = systemctl enable --now firewalld && firewall-cmd --runtime-to-permanent
    .confirm = systemctl is-enabled nftables ufw firewalld netfilter-persistent iptables; cat /etc/nftables.conf; grep -h ENABLED /etc/ufw/ufw.conf; grep -h DEFAULT_INPUT_POLICY /etc/default/ufw
    .pass = Sau khi khởi động lại, { $units } nạp quy tắc chặn mặc định.
    .partial = { $units } được bật khi khởi động, nhưng không kiểm chứng hết được các quy tắc sẽ nạp.
    .fail-no-unit = Không có dịch vụ tường lửa nào được bật khi khởi động.
    .fail-open = { $units } được bật khi khởi động, nhưng tệp quy tắc không chặn mặc định.

net-mail-listener = Dịch vụ thư không nhận thư từ mạng
    .why = Máy chủ không làm nhiệm vụ thư mà mở cổng 25 có thể bị lợi dụng để phát tán thư rác.
    .fix = Postfix: postconf -e inet_interfaces=loopback-only && systemctl restart postfix. Exim (Debian): dpkg-reconfigure exim4-config, chọn chỉ gửi thư nội bộ. Nếu đây là máy chủ thư, khai báo cổng trong expected_ports.
    .confirm = ss -tlnp | grep -E ':(25|465|587) '
    .pass = Không có dịch vụ thư nào mà máy khác kết nối được.
    .partial = Dịch vụ thư đã khai báo ({ $ports }); chưa chứng minh được rằng nó không chuyển tiếp thư cho người lạ.
    .fail = Dịch vụ thư chưa khai báo đang mở ra mạng: { $ports }.

net-not-a-router = Máy chủ không chuyển tiếp gói tin
    .why = Máy chủ chuyển tiếp gói tin nối thông các vùng mạng mà tường lửa đã tách.
    .fix = printf "net.ipv4.ip_forward = 0\nnet.ipv6.conf.all.forwarding = 0\n" > /etc/sysctl.d/60-no-forward.conf && sysctl --system. Không áp dụng cho máy chạy Docker, Kubernetes hoặc máy ảo.
    .confirm = sysctl net.ipv4.ip_forward net.ipv6.conf.all.forwarding
    .pass = Chuyển tiếp gói tin đang tắt.
    .partial = Chuyển tiếp gói tin đang bật; máy có cầu mạng của container hoặc máy ảo ({ $bridges }) cần đến nó.
    .fail = Chuyển tiếp gói tin đang bật mà không có container hay máy ảo nào cần.

net-open-ports = Chỉ mở những cổng đã khai báo
    .why = Mỗi cổng mở là một lối vào. Cổng không ai khai báo thường là dịch vụ bị quên hoặc cửa hậu.
    .fix = Tắt dịch vụ không cần (systemctl disable --now TÊN) hoặc cho nó chỉ lắng nghe tại 127.0.0.1; khai báo các cổng cần thiết trong expected_ports.
    .confirm = ss -tulpn
    .pass = Mọi cổng mở ra mạng đều đã khai báo.
    .partial-undeclared = Chưa khai báo cổng nào; chỉ có SSH mở ra mạng: { $ports }.
    .fail-undeclared = Chưa khai báo cổng nào, trong khi các cổng sau mở ra mạng: { $ports }.
    .fail = Các cổng mở ra mạng mà chưa khai báo: { $ports }.

net-plaintext-services = Không có dịch vụ truyền mật khẩu không mã hóa
    .why = Ai nghe được đường truyền đều đọc được mật khẩu của Telnet, FTP, rsh, TFTP và VNC.
    .fix-debian = apt-get purge telnetd inetutils-telnetd rsh-server tftpd-hpa vsftpd; dùng SSH/SFTP thay thế. Với Dovecot: ssl = required và đóng cổng 110, 143.
    .fix-rhel = dnf remove telnet-server rsh-server tftp-server vsftpd; dùng SSH/SFTP thay thế. Với Dovecot: ssl = required và đóng cổng 110, 143.
    .confirm = ss -tulpn | grep -E ':(21|23|69|110|143|512|513|514|59[0-9][0-9]) '
    .pass = Không thấy dịch vụ truyền mật khẩu không mã hóa nào mở ra mạng.
    .partial = Các dịch vụ này có thể truyền mật khẩu không mã hóa nếu không bắt buộc TLS: { $services }.
    .fail = Các dịch vụ truyền mật khẩu không mã hóa đang mở ra mạng: { $services }.
    .fail-inetd = inetd hoặc xinetd sẵn sàng chạy dịch vụ không mã hóa: { $services }.
    .unknown-process = Chưa đánh giá được: không xem được tiến trình nào giữ một cổng đang mở (cần quyền root hoặc CAP_SYS_PTRACE), nên chưa loại trừ được dịch vụ không mã hóa trên cổng khác thường.

net-snmp-safe = SNMP chỉ dùng phiên bản 3 có mã hóa
    .why = SNMP phiên bản 1 và 2c gửi chuỗi cộng đồng không mã hóa; ai nghe được cũng đọc được cấu hình máy.
    .fix = Trong /etc/snmp/snmpd.conf xóa mọi dòng rocommunity, rwcommunity, com2sec; tạo người dùng v3: net-snmp-create-v3-user -ro -a SHA -x AES TÊN; đặt "rouser TÊN priv"; khởi động lại snmpd. Nếu không dùng: systemctl disable --now snmpd.
    .confirm = ss -ulnp | grep ':161 '; grep -nE '^(ro|rw)(community|user)|^com2sec' /etc/snmp/snmpd.conf
    .pass = SNMP chỉ cho người dùng phiên bản 3 có mã hóa.
    .fail-community = SNMP còn cho truy cập bằng chuỗi cộng đồng (phiên bản 1, 2c).
    .fail-unencrypted = SNMP cho người dùng phiên bản 3 truy cập không mã hóa.
    .unknown-no-user = Chưa đánh giá được: cấu hình SNMP không cho ai truy cập theo cách nhận biết được.
    .not-applicable = Không có dịch vụ SNMP nào lắng nghe.

net-sysctls = Tham số mạng của nhân được gia cố
    .why = Nhận gói chuyển hướng hoặc định tuyến nguồn cho phép kẻ trong mạng kéo lưu lượng qua máy của họ.
    .fix = printf "net.ipv4.conf.all.accept_redirects=0\nnet.ipv4.conf.default.accept_redirects=0\nnet.ipv4.conf.all.send_redirects=0\nnet.ipv4.conf.default.send_redirects=0\nnet.ipv4.conf.all.accept_source_route=0\nnet.ipv4.conf.default.accept_source_route=0\nnet.ipv4.conf.all.rp_filter=1\nnet.ipv4.conf.default.rp_filter=1\nnet.ipv4.conf.all.log_martians=1\nnet.ipv4.tcp_syncookies=1\nnet.ipv6.conf.all.accept_redirects=0\nnet.ipv6.conf.default.accept_redirects=0\n" > /etc/sysctl.d/60-net-hardening.conf && sysctl --system
    .confirm = sysctl -a 2>/dev/null | grep -E 'redirects|source_route|rp_filter|martians|syncookies'
    .pass = Mọi giao diện đều từ chối gói chuyển hướng, định tuyến nguồn và kiểm tra đường về.
    .partial = Phần chính đã gia cố; còn thiếu: { $settings }.
    .fail = Các tham số yếu trên ít nhất một giao diện: { $settings }.

net-unneeded-servers = Không có dịch vụ máy chủ thừa
    .why = Avahi, CUPS, rpcbind, Samba, NFS, LDAP, DHCP, DNS, proxy mà không ai dùng chỉ làm tăng lối vào.
    .fix = Với từng dịch vụ trong danh sách: systemctl disable --now TÊN, hoặc gỡ gói. Nếu đúng nhiệm vụ của máy chủ, khai báo cổng trong expected_ports.
    .confirm = ss -tulpn
    .pass = Không thấy dịch vụ thừa nào mở ra mạng.
    .fail = Các dịch vụ chưa khai báo đang mở ra mạng: { $servers }.

net-wireless-off = Máy chủ không dùng mạng không dây
    .why = Giao diện không dây đang bật mở một lối vào nằm ngoài tường lửa của đơn vị.
    .fix = nmcli radio all off; hoặc ip link set TÊN down và chặn mô-đun của nó trong /etc/modprobe.d.
    .confirm = ls -d /sys/class/net/*/wireless; ip -br link
    .pass = Máy không có giao diện mạng không dây.
    .partial = Có giao diện không dây nhưng đang tắt: { $interfaces }.
    .fail = Giao diện không dây đang bật: { $interfaces }.
