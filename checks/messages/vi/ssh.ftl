# Nội dung của nhóm ssh.

ssh-not-applicable = Không có máy chủ SSH: không thấy chương trình sshd và tệp /etc/ssh/sshd_config.

ssh-unknown-match = Chưa đánh giá được: tệp cấu hình có khối Match liên quan nhưng không hỏi được sshd về giá trị đang có hiệu lực.

ssh-access-list = SSH chỉ cho phép các tài khoản, nhóm được nêu tên
    .why = Nếu không giới hạn, mọi tài khoản có trên máy, kể cả tài khoản dịch vụ hoặc tài khoản bị bỏ quên, đều có thể đăng nhập từ xa.
    .fix = Lập nhóm người được đăng nhập từ xa (groupadd ssh-users; usermod -aG ssh-users TÊN), ghi AllowGroups ssh-users vào /etc/ssh/sshd_config.d/00-capdo.conf, kiểm tra bằng sshd -t rồi nạp lại dịch vụ ssh. Giữ một phiên đang mở cho đến khi thử đăng nhập thành công.
    .confirm = sudo sshd -T -C user=root,host=203.0.113.1,addr=203.0.113.1 | grep -iE '^(allowusers|allowgroups|denyusers|denygroups) '; sudo grep -rniE 'match|allowusers|allowgroups|denyusers|denygroups' /etc/ssh/sshd_config /etc/ssh/sshd_config.d
    .pass = SSH chỉ nhận tài khoản hoặc nhóm được nêu tên.
    .partial-deny = Chỉ có danh sách cấm; ai không bị nêu tên vẫn vào được ({ $where }: { $values }).
    .partial-anybody = Danh sách chỉ giới hạn địa chỉ nguồn, không giới hạn người dùng ({ $where }: { $values }).
    .fail-none = Không có danh sách giới hạn người được đăng nhập qua SSH ({ $where }: { $values }).
    .fail-all = Danh sách cho phép tất cả mọi người, nên không có tác dụng ({ $where }: { $values }).
    .not-applicable = { ssh-not-applicable }
    .unknown-match = { ssh-unknown-match }

ssh-config-permissions = Tệp cấu hình và khóa của máy chủ SSH được bảo vệ
    .why = Ai sửa được cấu hình sẽ mở được cửa vào máy; ai đọc được khóa riêng sẽ giả mạo được máy chủ.
    .fix = chown root:root /etc/ssh/sshd_config && chmod 600 /etc/ssh/sshd_config; chmod 600 /etc/ssh/sshd_config.d/*.conf; chmod 600 /etc/ssh/ssh_host_*_key (RHEL: chgrp ssh_keys và chmod 640). Nếu khóa đã bị lộ, tạo lại: xóa khóa cũ, chạy ssh-keygen -A rồi khởi động lại ssh.
    .confirm = sudo stat -c "%a %U:%G %n" /etc/ssh /etc/ssh/sshd_config /etc/ssh/sshd_config.d/*.conf /etc/ssh/ssh_host_*_key
    .pass = Chỉ root sửa được cấu hình SSH và đọc được khóa riêng của máy chủ.
    .partial-readable = Khóa riêng được bảo vệ, nhưng mọi người đọc được cấu hình: { $files }.
    .fail-keys = Người khác ngoài root đọc hoặc sửa được khóa riêng của máy chủ: { $files }.
    .fail-changeable = Người khác ngoài root sửa được cấu hình: { $files }.
    .not-applicable = { ssh-not-applicable }

ssh-empty-passwords = SSH không chấp nhận mật khẩu rỗng
    .why = Tài khoản không có mật khẩu sẽ bị chiếm ngay nếu SSH chấp nhận mật khẩu rỗng.
    .fix = Tạo tệp /etc/ssh/sshd_config.d/00-capdo.conf (tệp đọc trước được ưu tiên; nếu /etc/ssh/sshd_config không có dòng Include thì ghi vào đầu chính tệp đó) với nội dung: PermitEmptyPasswords no ; sửa các khối Match trái với nội dung đó; kiểm tra bằng sshd -t rồi chạy systemctl reload ssh (Debian, Ubuntu) hoặc systemctl reload sshd (RHEL).
    .confirm = sudo sshd -T -C user=root,host=203.0.113.1,addr=203.0.113.1 | grep -iE '^(permitemptypasswords) '; sudo grep -rniE 'match|permitemptypasswords' /etc/ssh/sshd_config /etc/ssh/sshd_config.d
    .pass = SSH không chấp nhận mật khẩu rỗng.
    .fail = SSH chấp nhận mật khẩu rỗng ({ $where }: { $values }).
    .not-applicable = { ssh-not-applicable }
    .unknown-match = { ssh-unknown-match }

ssh-forwarding = SSH tắt các chức năng chuyển tiếp không cần thiết
    .why = Chuyển tiếp cổng, đường hầm, X11 hoặc khóa cho phép đi vòng qua tường lửa và tạo đường từ máy trạm bị nhiễm vào máy chủ.
    .fix = Tạo tệp /etc/ssh/sshd_config.d/00-capdo.conf (tệp đọc trước được ưu tiên; nếu /etc/ssh/sshd_config không có dòng Include thì ghi vào đầu chính tệp đó) với nội dung: DisableForwarding yes ; sửa các khối Match trái với nội dung đó; kiểm tra bằng sshd -t rồi chạy systemctl reload ssh (Debian, Ubuntu) hoặc systemctl reload sshd (RHEL).
    .confirm = sudo sshd -T -C user=root,host=203.0.113.1,addr=203.0.113.1 | grep -iE '^(disableforwarding|x11forwarding|permittunnel|allowtcpforwarding|allowagentforwarding) '; sudo grep -rniE 'match|disableforwarding|x11forwarding|permittunnel|allowtcpforwarding|allowagentforwarding' /etc/ssh/sshd_config /etc/ssh/sshd_config.d
    .pass = Mọi chức năng chuyển tiếp của SSH đã tắt.
    .partial = X11 và đường hầm đã tắt, nhưng còn chuyển tiếp cổng hoặc khóa ({ $where }: { $values }).
    .fail = SSH còn cho phép chuyển tiếp X11 hoặc đường hầm ({ $where }: { $values }).
    .not-applicable = { ssh-not-applicable }
    .unknown-match = { ssh-unknown-match }

ssh-host-trust = SSH không tin cậy máy khác thay cho việc xác thực người dùng
    .why = Đăng nhập dựa trên máy nguồn cho phép kẻ chiếm được một máy đi tiếp sang máy khác mà không cần mật khẩu hay khóa.
    .fix = Ghi HostbasedAuthentication no và IgnoreRhosts yes vào /etc/ssh/sshd_config.d/00-capdo.conf, xóa các tệp /etc/hosts.equiv, /etc/shosts.equiv, ~/.rhosts, ~/.shosts, kiểm tra bằng sshd -t rồi nạp lại dịch vụ ssh.
    .confirm = sudo sshd -T -C user=root,host=203.0.113.1,addr=203.0.113.1 | grep -iE '^(hostbasedauthentication|ignorerhosts) '; sudo grep -rniE 'match|hostbasedauthentication|ignorerhosts' /etc/ssh/sshd_config /etc/ssh/sshd_config.d
    .pass = SSH không tin cậy máy nào thay cho người dùng.
    .partial-files = Đăng nhập theo máy đã tắt nhưng còn tệp khai báo máy tin cậy (.rhosts, .shosts hoặc hosts.equiv).
    .partial-rhosts = Đăng nhập theo máy đã tắt nhưng SSH vẫn đọc tệp .rhosts của người dùng ({ $where }: { $values }).
    .fail = SSH cho phép đăng nhập dựa trên máy nguồn ({ $where }: { $values }).
    .not-applicable = { ssh-not-applicable }
    .unknown-match = { ssh-unknown-match }

ssh-idle-timeout = Phiên SSH không hoạt động được tự động ngắt
    .why = Phiên quản trị bỏ ngỏ cho phép bất cứ ai đến gần máy trạm tiếp tục làm việc với quyền quản trị.
    .fix = Ghi ClientAliveInterval 100 và ClientAliveCountMax 3 vào /etc/ssh/sshd_config.d/00-capdo.conf; ghi vào /etc/profile.d/tmout.sh hai dòng: readonly TMOUT=300 và export TMOUT. Với OpenSSH 9.2 trở lên có thể dùng ChannelTimeout session:*=5m. Kiểm tra bằng sshd -t rồi nạp lại dịch vụ ssh.
    .confirm = sudo sshd -T -C user=root,host=203.0.113.1,addr=203.0.113.1 | grep -iE '^(clientaliveinterval|clientalivecountmax|channeltimeout) '; sudo grep -rniE 'match|clientaliveinterval|clientalivecountmax|channeltimeout' /etc/ssh/sshd_config /etc/ssh/sshd_config.d
    .pass = Phiên SSH không hoạt động được ngắt trong thời hạn quy định.
    .partial-long = Kết nối chết được ngắt, nhưng sau thời hạn dành cho phiên quản trị ({ $where }: { $values }).
    .partial-alive-only = Kết nối chết được ngắt đúng hạn, nhưng phiên còn trả lời mà không ai dùng thì không: thiếu TMOUT (readonly) đủ ngắn ({ $where }: { $values }).
    .fail-off = SSH không bao giờ ngắt phiên không hoạt động ({ $where }: { $values }).
    .fail-long = SSH ngắt phiên quá muộn ({ $where }: { $values }).
    .not-applicable = { ssh-not-applicable }
    .unknown-match = { ssh-unknown-match }

ssh-login-limits = SSH giới hạn số kết nối và thời gian chờ đăng nhập
    .why = Không giới hạn thì kẻ tấn công giữ hàng trăm kết nối dở dang: người quản trị không vào được, còn việc dò mật khẩu thì nhanh hơn.
    .fix = Tạo tệp /etc/ssh/sshd_config.d/00-capdo.conf (tệp đọc trước được ưu tiên; nếu /etc/ssh/sshd_config không có dòng Include thì ghi vào đầu chính tệp đó) với nội dung: LoginGraceTime 60 / MaxSessions 10 / MaxStartups 10:30:60 ; sửa các khối Match trái với nội dung đó; kiểm tra bằng sshd -t rồi chạy systemctl reload ssh (Debian, Ubuntu) hoặc systemctl reload sshd (RHEL).
    .confirm = sudo sshd -T -C user=root,host=203.0.113.1,addr=203.0.113.1 | grep -iE '^(logingracetime|maxsessions|maxstartups) '; sudo grep -rniE 'match|logingracetime|maxsessions|maxstartups' /etc/ssh/sshd_config /etc/ssh/sshd_config.d
    .pass = Các giới hạn đăng nhập của SSH ở mức chặt.
    .partial = Chỉ có giới hạn mặc định của OpenSSH ({ $where }: { $values }).
    .fail = Giới hạn đăng nhập bị tắt hoặc quá rộng ({ $where }: { $values }).
    .not-applicable = { ssh-not-applicable }
    .unknown-match = { ssh-unknown-match }

ssh-max-auth-tries = SSH giới hạn số lần thử xác thực trong một kết nối
    .why = Ít lần thử mỗi kết nối làm chậm việc dò mật khẩu và để lại nhiều dấu vết hơn trong nhật ký. Đây chưa phải là khóa tài khoản: kết nối lại thì được thử tiếp.
    .fix = Tạo tệp /etc/ssh/sshd_config.d/00-capdo.conf (tệp đọc trước được ưu tiên; nếu /etc/ssh/sshd_config không có dòng Include thì ghi vào đầu chính tệp đó) với nội dung: MaxAuthTries 4 ; sửa các khối Match trái với nội dung đó; kiểm tra bằng sshd -t rồi chạy systemctl reload ssh (Debian, Ubuntu) hoặc systemctl reload sshd (RHEL).
    .confirm = sudo sshd -T -C user=root,host=203.0.113.1,addr=203.0.113.1 | grep -iE '^(maxauthtries) '; sudo grep -rniE 'match|maxauthtries' /etc/ssh/sshd_config /etc/ssh/sshd_config.d
    .pass = Mỗi kết nối chỉ được thử nhiều nhất 4 lần.
    .partial = Số lần thử nhiều hơn 4 nhưng còn trong giới hạn khóa tài khoản ({ $where }: { $values }).
    .fail = Mỗi kết nối được thử quá nhiều lần ({ $where }: { $values }).
    .not-applicable = { ssh-not-applicable }
    .unknown-match = { ssh-unknown-match }

ssh-root-login = Không đăng nhập trực tiếp bằng root qua SSH
    .why = root là tài khoản mà kẻ tấn công biết trước tên, và khi dùng chung thì nhật ký không cho biết ai đã làm gì.
    .fix = Tạo tệp /etc/ssh/sshd_config.d/00-capdo.conf (tệp đọc trước được ưu tiên; nếu /etc/ssh/sshd_config không có dòng Include thì ghi vào đầu chính tệp đó) với nội dung: PermitRootLogin no . Trước đó phải chắc chắn tài khoản riêng của quản trị viên đăng nhập SSH và dùng sudo được; giữ nguyên một phiên đang mở cho đến khi đăng nhập mới thành công; sửa các khối Match trái với nội dung đó; kiểm tra bằng sshd -t rồi chạy systemctl reload ssh (Debian, Ubuntu) hoặc systemctl reload sshd (RHEL).
    .confirm = sudo sshd -T -C user=root,host=203.0.113.1,addr=203.0.113.1 | grep -iE '^(permitrootlogin) '; sudo grep -rniE 'match|permitrootlogin' /etc/ssh/sshd_config /etc/ssh/sshd_config.d
    .pass = root không đăng nhập được qua SSH từ bất kỳ đâu.
    .partial-key = root chỉ đăng nhập được bằng khóa hoặc lệnh định sẵn, nhưng vẫn vào trực tiếp được ({ $where }: { $values }).
    .fail = root đăng nhập được qua SSH ({ $where }: { $values }).
    .not-applicable = { ssh-not-applicable }
    .unknown-match = { ssh-unknown-match }

ssh-strong-crypto = SSH chỉ dùng thuật toán mật mã mạnh
    .why = Thuật toán đã có điểm yếu công bố cho phép nghe lén hoặc sửa đổi phiên quản trị.
    .fix = Bỏ các thuật toán bị nêu bằng danh sách có dấu trừ trong /etc/ssh/sshd_config.d/00-capdo.conf, ví dụ: Ciphers -*-cbc ; MACs -hmac-sha1*,umac-64*,hmac-md5* ; KexAlgorithms -*-sha1 ; HostKeyAlgorithms -ssh-rsa,ssh-dss ; kiểm tra bằng sshd -t rồi nạp lại dịch vụ ssh. RHEL: update-crypto-policies --set DEFAULT:NO-SHA1.
    .confirm = sudo sshd -T -C user=root,host=203.0.113.1,addr=203.0.113.1 | grep -iE '^(ciphers|macs|kexalgorithms|hostkeyalgorithms) '; sudo grep -rniE 'match|ciphers|macs|kexalgorithms|hostkeyalgorithms' /etc/ssh/sshd_config /etc/ssh/sshd_config.d
    .pass = Mọi thuật toán SSH đưa ra đều mạnh.
    .partial = SSH còn đưa ra thuật toán cũ đã suy yếu ({ $where }: { $values }).
    .fail = SSH còn đưa ra thuật toán đã bị phá vỡ ({ $where }: { $values }).
    .not-applicable = { ssh-not-applicable }
    .unknown-match = { ssh-unknown-match }

ssh-unique-host-keys = Không dùng chung khóa máy chủ SSH
    .why = Các máy chủ nhân bản kèm khóa thì đối với máy khách là như nhau: ai chiếm được một máy có thể đọc và sửa phiên làm việc của mọi máy mà không máy khách nào cảnh báo.
    .fix = rm /etc/ssh/ssh_host_*_key* && ssh-keygen -A && systemctl restart sshd, trên từng bản sao; xóa khóa khỏi ảnh máy mẫu. Báo vân tay mới cho người quản trị.
    .confirm = for k in /etc/ssh/ssh_host_*_key.pub; do ssh-keygen -lf $k; done, trên từng máy chủ
    .pass = Không máy chủ nào khác báo có khóa nào trong { $count } khóa SSH của máy này.
    .fail = { $count } máy chủ khác của cơ quan có cùng khóa máy chủ SSH.
    .unknown-claimed = Chưa đánh giá được: { $count } máy chủ của cơ quan khác báo có cùng khóa máy chủ. Khóa công khai ai cũng xem được nên chỉ lời báo chưa chứng minh gì; cán bộ phụ trách có thể xác minh.
    .unknown-unseen = Chưa đánh giá được: chưa thấy hết các khóa máy chủ: { $places }.
    .not-applicable = Máy không có máy chủ SSH với khóa máy chủ.
