# Nội dung của nhóm password.

password-quality-module = Mọi mật khẩu mới đều được kiểm tra chất lượng
    .why = Nếu không, ai cũng có thể đặt “123456”, dù quy định trên giấy viết gì. Chỉ có tệp cấu hình thì chưa đủ: mô-đun phải nằm trong chuỗi PAM.
    .fix-debian = apt install libpam-pwquality (gói tự thêm mô-đun vào chuỗi PAM qua pam-auth-update).
    .fix-rhel = authselect select minimal with-faillock --force, hoặc đặt “password requisite pam_pwquality.so” trước pam_unix.so trong profile.
    .confirm = grep -v '^#' /etc/pam.d/common-password /etc/pam.d/system-auth
    .pass = { $module } kiểm tra mọi mật khẩu mới trước khi lưu.
    .fail-none = Không có mô-đun nào kiểm tra mật khẩu mới.
    .fail-loose = { $module } có trong chuỗi PAM nhưng mật khẩu vẫn có thể được lưu mà không qua mô-đun này.
    .unknown-elsewhere = Chưa đánh giá được: ở đây mật khẩu không được đổi qua pam_unix.

password-length = Mật khẩu mới đủ dài
    .why = Độ dài là yếu tố làm tăng thời gian dò mật khẩu nhiều nhất.
    .fix = Cài mô-đun kiểm tra chất lượng, đặt minlen = 14 trong /etc/security/pwquality.conf và bỏ minlen khỏi dòng gọi mô-đun trong PAM (tham số ở đó được ưu tiên hơn tệp). Các giá trị credit dương (dcredit = 1 …) làm giảm độ dài thực sự được yêu cầu: đặt về 0 hoặc số âm.
    .confirm = grep -rE '^ *(minlen|[dulo]credit)' /etc/security/pwquality.conf /etc/security/pwquality.conf.d; grep -E 'pwquality|passwdqc|pam_unix' /etc/pam.d/common-password /etc/pam.d/system-auth
    .pass = Mật khẩu ngắn nhất được chấp nhận có { $length } ký tự.
    .partial = Mật khẩu ngắn nhất được chấp nhận có { $length } ký tự: chỉ đủ khi luôn có yếu tố xác thực thứ hai, nếu không phải là { $wanted }.
    .fail = Mật khẩu ngắn nhất được chấp nhận chỉ có { $length } ký tự, chưa đủ { $wanted }.
    .unknown-elsewhere = Chưa đánh giá được: ở đây mật khẩu không được đổi qua pam_unix.

password-classes = Mật khẩu mới có đủ các loại ký tự
    .why = Mật khẩu chỉ gồm chữ thường là loại bị dò ra đầu tiên bằng danh sách từ.
    .fix = Cài mô-đun kiểm tra chất lượng và đặt minclass = 4 trong /etc/security/pwquality.conf. Giá trị credit dương chỉ là điểm cộng, không phải yêu cầu.
    .confirm = grep -rE '^ *(minclass|[dulo]credit)' /etc/security/pwquality.conf /etc/security/pwquality.conf.d
    .pass = Mật khẩu mới phải có { $classes } loại ký tự.
    .fail = Mật khẩu mới chỉ phải có { $classes } loại ký tự, chưa đủ { $wanted }.
    .unknown-elsewhere = Chưa đánh giá được: ở đây mật khẩu không được đổi qua pam_unix.

password-dictionary = Mật khẩu mới được đối chiếu với từ điển
    .why = Kẻ tấn công thử các từ thông dụng và mật khẩu đã lộ trước tiên.
    .fix = Cài mô-đun kiểm tra chất lượng và bỏ dictcheck = 0 khỏi /etc/security/pwquality.conf và khỏi dòng gọi mô-đun trong PAM.
    .confirm = grep -rn dictcheck /etc/security/pwquality.conf /etc/security/pwquality.conf.d /etc/pam.d
    .pass = Mật khẩu mới được đối chiếu với từ điển.
    .fail-off = Việc đối chiếu từ điển đã bị tắt.
    .fail-no-module = Không có mô-đun nào kiểm tra mọi mật khẩu mới, nên cũng không đối chiếu từ điển.
    .unknown-elsewhere = Chưa đánh giá được: ở đây mật khẩu không được đổi qua pam_unix.

password-binds-root = Quy tắc mật khẩu áp dụng cả với root
    .why = Người đặt lại mật khẩu làm việc đó bằng quyền root; thiếu thiết lập này thì quy tắc chỉ còn là lời nhắc.
    .fix = Thêm dòng enforce_for_root vào /etc/security/pwquality.conf.
    .confirm = grep -rn enforce_for_root /etc/security/pwquality.conf /etc/security/pwquality.conf.d /etc/pam.d
    .pass = Quy tắc áp dụng cả với root.
    .fail-off = Root được đặt mật khẩu tùy ý.
    .fail-no-module = Không có mô-đun nào kiểm tra mọi mật khẩu mới, kể cả của root.
    .unknown-elsewhere = Chưa đánh giá được: ở đây mật khẩu không được đổi qua pam_unix.

password-history = Không dùng lại được mật khẩu cũ
    .why = Bắt đổi mật khẩu không có tác dụng nếu được đặt lại ngay mật khẩu cũ.
    .fix = Thêm “password required pam_pwhistory.so remember=10 use_authtok enforce_for_root” sau mô-đun kiểm tra chất lượng và trước pam_unix.so trong /etc/pam.d/common-password (RHEL: authselect enable-feature with-pwhistory).
    .confirm = grep -rE 'pam_pwhistory|remember' /etc/pam.d /etc/security/pwhistory.conf
    .pass = { $remembered } mật khẩu gần nhất bị từ chối.
    .partial-root = { $remembered } mật khẩu gần nhất bị từ chối, nhưng không áp dụng với root.
    .fail-none = Mật khẩu cũ không được ghi nhớ.
    .fail-few = Chỉ { $remembered } mật khẩu gần nhất bị từ chối, chưa đủ { $wanted }.
    .fail-loose = Mô-đun có trong chuỗi PAM nhưng mật khẩu vẫn có thể được lưu mà không qua mô-đun này.
    .unknown-elsewhere = Chưa đánh giá được: ở đây mật khẩu không được đổi qua pam_unix.
    .not-applicable = Cấp độ này không yêu cầu lịch sử mật khẩu.

password-admin-age = Quản trị viên đổi mật khẩu đúng hạn
    .why = Mật khẩu quản trị bị lộ mà không ai biết sẽ còn dùng được cho đến khi được đổi.
    .fix = Với từng tài khoản trong danh sách: chage -M 60 TÊN. Với tài khoản mới: đặt PASS_MAX_DAYS 60 trong /etc/login.defs.
    .confirm = sudo awk -F: '$2 ~ /^[$]/ {"{"} print $1, $5 {"}"}' /etc/shadow; getent group sudo wheel
    .pass = Mật khẩu của mọi quản trị viên hết hạn trong vòng { $wanted } ngày.
    .fail = Mật khẩu của các quản trị viên sau hết hạn muộn hơn { $wanted } ngày (số ngày trong ngoặc): { $accounts }.
    .unknown-many = Chưa đánh giá được: số quản trị viên vượt quá mức liệt kê được.
    .not-applicable = Không quản trị viên nào có mật khẩu dùng được.

password-min-age = Mật khẩu mới phải giữ ít nhất một ngày
    .why = Nếu không, người dùng có thể đổi liên tiếp mười lần trong một phút để quay lại mật khẩu cũ.
    .fix = Với từng tài khoản trong danh sách: chage -m 1 TÊN. Với tài khoản mới: đặt PASS_MIN_DAYS 1 trong /etc/login.defs.
    .confirm = sudo awk -F: '$2 ~ /^[$]/ {"{"} print $1, $4 {"}"}' /etc/shadow
    .pass = Mọi mật khẩu đều phải giữ ít nhất một ngày.
    .partial = Các tài khoản sau được đổi lại mật khẩu ngay lập tức: { $accounts }.
    .fail = Không tài khoản nào có thời gian giữ mật khẩu tối thiểu: { $accounts }.
    .not-applicable = Không tài khoản đăng nhập nào có mật khẩu.

password-no-nullok = Không dịch vụ đăng nhập nào chấp nhận mật khẩu rỗng
    .why = Với nullok, tài khoản có mật khẩu rỗng mở cho bất kỳ ai biết tên tài khoản.
    .fix = Đặt mật khẩu hoặc khóa (passwd -l TÊN) từng tài khoản chưa có mật khẩu, sau đó bỏ nullok khỏi các dòng pam_unix nêu ở đây.
    .confirm = grep -rn nullok /etc/pam.d; awk -F: '$2 == "" {"{"} print $1 {"}"}' /etc/shadow
    .pass = Không dịch vụ đăng nhập nào chấp nhận mật khẩu rỗng.
    .partial = Mật khẩu rỗng sẽ được chấp nhận ({ $places }), nhưng hiện không tài khoản nào có mật khẩu rỗng.
    .fail = Mật khẩu rỗng được chấp nhận ({ $places }) và các tài khoản sau có mật khẩu rỗng: { $accounts }.
    .unknown-no-service = Chưa đánh giá được: PAM không cấu hình dịch vụ đăng nhập nào.

password-default-hash = Mật khẩu mới được lưu bằng hàm băm mạnh
    .why = Khi /etc/shadow hoặc bản sao lưu của nó bị lộ, hàm băm yếu làm lộ mật khẩu chỉ trong vài giờ.
    .fix-debian = Đặt ENCRYPT_METHOD YESCRYPT trong /etc/login.defs và thêm yescrypt sau pam_unix.so trong /etc/pam.d/common-password; sau đó yêu cầu mọi người đổi mật khẩu.
    .fix-rhel = Đặt ENCRYPT_METHOD YESCRYPT (RHEL 8: SHA512) trong /etc/login.defs rồi áp dụng lại profile: authselect apply-changes.
    .confirm = grep ENCRYPT_METHOD /etc/login.defs; grep pam_unix /etc/pam.d/common-password /etc/pam.d/system-auth
    .pass = Mật khẩu mới được lưu bằng { $hash }.
    .partial = Mật khẩu mới được lưu bằng { $hash }, là hàm băm đã cũ.
    .partial-defs = PAM lưu mật khẩu mới bằng { $hash }, nhưng login.defs quy định { $defs } cho các công cụ không dùng PAM.
    .fail = Mật khẩu mới được lưu bằng { $hash }.
    .fail-unset = Cả PAM và login.defs đều không nêu hàm băm; mặc định cũ đã bị phá.
    .unknown-elsewhere = Chưa đánh giá được: ở đây mật khẩu không được đổi qua pam_unix.

password-lockout-wired = Nhập sai mật khẩu nhiều lần bị khóa ở mọi dịch vụ đăng nhập
    .why = Không có cơ chế khóa thì kẻ tấn công được dò mật khẩu vô hạn. Chỉ có /etc/security/faillock.conf thì chưa đủ: mô-đun phải nằm trong chuỗi PAM, cả trước và sau khi hỏi mật khẩu.
    .fix-debian = Trong /etc/pam.d/common-auth: “auth requisite pam_faillock.so preauth” trước pam_unix.so và “auth [default=die] pam_faillock.so authfail” ngay sau đó (tăng success= của pam_unix thêm một); trong /etc/pam.d/common-account: “account required pam_faillock.so”. Giữ một phiên root đang mở trong khi thử.
    .fix-rhel = authselect enable-feature with-faillock
    .confirm = grep -rn faillock /etc/pam.d; faillock
    .pass = Nhập sai mật khẩu nhiều lần sẽ bị khóa ở: { $services }.
    .partial-not-cleared = Nhập sai mật khẩu nhiều lần sẽ bị khóa, nhưng đăng nhập thành công không xóa số lần sai ở: { $services }.
    .fail-none = Không có cơ chế khóa ở: { $services }.
    .fail-not-counted = Đã cấu hình cơ chế khóa nhưng có trường hợp nhập sai không được đếm ở: { $services }.
    .fail-not-refused = Số lần sai được đếm, nhưng tài khoản bị khóa vẫn đăng nhập được bằng mật khẩu đúng ở: { $services }.
    .fail-sshd = sshd kiểm tra mật khẩu không qua PAM nên không đếm số lần sai.
    .unknown-no-service = Chưa đánh giá được: PAM không cấu hình dịch vụ đăng nhập nào.

password-lockout-threshold = Tài khoản bị khóa sau ít lần nhập sai
    .why = Càng được thử nhiều lần thì càng dễ đoán trúng.
    .fix = Đặt deny = 5 trong /etc/security/faillock.conf và bỏ deny= khỏi các dòng gọi mô-đun trong PAM (tham số ở đó được ưu tiên hơn tệp). deny = 0 là tắt cơ chế khóa.
    .confirm = grep -E '^ *deny' /etc/security/faillock.conf; grep -rn 'deny=' /etc/pam.d
    .pass = Tài khoản bị khóa sau { $deny } lần nhập sai.
    .fail-many = Phải { $deny } lần nhập sai mới khóa tài khoản; tối đa được phép là { $wanted }.
    .fail-off = Giới hạn bằng 0: tài khoản không bao giờ bị khóa.
    .fail-not-wired = Cơ chế khóa không có tác dụng ở: { $services }.
    .unknown-no-service = Chưa đánh giá được: PAM không cấu hình dịch vụ đăng nhập nào.

password-lockout-time = Tài khoản bị khóa đủ lâu
    .why = Khóa vài phút thì kẻ tấn công vẫn dò được cả ngày.
    .fix = Đặt unlock_time = 43200 (12 giờ) trong /etc/security/faillock.conf và bỏ unlock_time= khỏi các dòng gọi mô-đun trong PAM. Quản trị viên mở khóa sớm bằng lệnh: faillock --user TÊN --reset
    .confirm = grep -E '^ *unlock_time' /etc/security/faillock.conf; grep -rn 'unlock_time=' /etc/pam.d
    .pass = Tài khoản bị khóa trong { $seconds } giây.
    .pass-manual = Chỉ quản trị viên mở được tài khoản đã khóa.
    .pass-long = Tài khoản bị khóa trong { $seconds } giây, lâu hơn mức gợi ý.
    .partial = Tài khoản bị khóa trong { $seconds } giây; mức gợi ý là { $least } giây.
    .fail = Tài khoản chỉ bị khóa trong { $seconds } giây; mức gợi ý là { $least } giây.
    .fail-not-wired = Cơ chế khóa không có tác dụng ở: { $services }.
    .unknown-no-service = Chưa đánh giá được: PAM không cấu hình dịch vụ đăng nhập nào.

password-lockout-root = Cơ chế khóa áp dụng cả với root
    .why = Root là tài khoản mà mọi kẻ tấn công đều biết tên.
    .fix = Thêm even_deny_root và root_unlock_time = 900 vào /etc/security/faillock.conf, hoặc khóa mật khẩu root: passwd -l root
    .confirm = grep -E 'even_deny_root|root_unlock_time' /etc/security/faillock.conf; passwd -S root
    .pass = Cơ chế khóa áp dụng cả với root.
    .fail = Mật khẩu root có thể bị dò vô hạn.
    .fail-not-wired = Cơ chế khóa không có tác dụng ở: { $services }.
    .unknown-no-service = Chưa đánh giá được: PAM không cấu hình dịch vụ đăng nhập nào.
    .not-applicable = Mật khẩu root đã bị khóa, không thể dò được.
