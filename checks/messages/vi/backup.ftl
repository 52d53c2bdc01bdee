# Nội dung của nhóm backup.

backup-present = Có công việc sao lưu
    .why = Không có bản sao lưu thì một lần hỏng đĩa hoặc mã độc tống tiền là mất hẳn dữ liệu.
    .fix = Cài một công cụ sao lưu và đặt lịch, ví dụ: apt-get install restic; restic -r sftp:MÁY_SAO_LƯU:/kho init; rồi tạo bộ hẹn giờ chạy restic backup hằng ngày. Nếu đang dùng công cụ khác, khai báo nơi lưu ở backup_targets trong cấu hình của tác tử.
    .confirm = sudo crontab -l; ls /etc/cron.d; systemctl list-timers --all
    .pass = Có công việc sao lưu: { $jobs }.
    .partial-store = Có bản sao lưu tại { $stores } nhưng không thấy công việc nào trên máy tạo ra chúng.
    .fail = Không thấy công việc sao lưu nào và không thấy nơi lưu nào được khai báo.
    .fail-idle = Có cấu hình sao lưu nhưng không có gì chạy nó: { $jobs }.
    .unknown = Chưa đánh giá được: có nơi không xem được ({ $detail }).

backup-automatic = Sao lưu chạy tự động
    .why = Sao lưu bằng tay sẽ bị quên đúng lúc cần nhất.
    .fix = Bật bộ hẹn giờ của công cụ (systemctl enable --now TÊN.timer) hoặc thêm dòng lịch vào /etc/cron.d/.
    .confirm = sudo crontab -l; ls /etc/cron.d; systemctl list-timers --all
    .pass = Sao lưu được chạy tự động: { $jobs }.
    .fail = Có cấu hình sao lưu nhưng không có lịch nào đang bật.
    .fail-none = Không có công việc sao lưu nào.
    .unknown = Chưa đánh giá được: có nơi không xem được ({ $detail }).

backup-age = Bản sao lưu mới nhất không cũ hơn thời hạn
    .why = Khôi phục từ bản cũ là mất mọi thay đổi từ đó đến nay. Công việc sao lưu hỏng âm thầm là chuyện thường gặp.
    .fix = Chạy sao lưu bằng tay để xem lỗi (systemctl start TÊN.service; journalctl -u TÊN.service), sửa nguyên nhân, rồi kiểm tra lại sau một ngày.
    .confirm = restic snapshots --latest 1; borg list --last 1 KHO; pgbackrest info; ls -lt THƯ_MỤC_SAO_LƯU | head
    .pass = Công cụ ghi nhận sao lưu thành công ngày { $date }.
    .partial = Tệp mới nhất trong nơi lưu mang ngày { $date }, nhưng không có ghi nhận thành công của chính công cụ.
    .fail = Bản sao lưu mới nhất là của ngày { $date }, cũ hơn { $limit } ngày.
    .fail-empty = Nơi lưu không có bản sao lưu nào: { $stores }.
    .fail-none = Không có công việc sao lưu nào, nên không có bản sao lưu nào.
    .unknown = Chưa đánh giá được: có nơi không xem được ({ $detail }).
    .unknown-future = Chưa đánh giá được: bản sao lưu mang ngày ở tương lai so với đồng hồ của máy.
    .unknown-no-evidence = Chưa đánh giá được: có công việc sao lưu nhưng trên máy không có dấu vết nào cho biết lần thành công gần nhất.

backup-separate-storage = Bản sao lưu nằm trên hạ tầng tách biệt
    .why = Bản sao nằm cùng đĩa hoặc cùng máy sẽ mất cùng lúc với bản gốc khi đĩa hỏng, cháy nổ hoặc máy bị chiếm.
    .fix = Đưa bản sao lưu sang máy khác: máy chủ sao lưu qua sftp/rest, thiết bị NAS, hoặc kho đối tượng có khóa chống xóa.
    .confirm = findmnt -T THƯ_MỤC_SAO_LƯU; lsblk -s
    .pass = Bản sao lưu được gửi sang máy khác: { $targets }.
    .partial = Bản sao lưu nằm trên đĩa khác nhưng cùng máy: { $targets }.
    .fail = Bản sao lưu nằm cùng đĩa với dữ liệu gốc: { $targets }.
    .fail-none = Không có công việc sao lưu nào.
    .unknown = Chưa đánh giá được: không xác định được nơi lưu nằm trên đĩa nào.
    .unknown-declared = Chưa đánh giá được: nơi lưu ở máy khác chỉ được kê khai, không thấy công việc nào trên máy gửi bản sao lưu tới đó.
    .unknown-unmounted = Chưa đánh giá được: nơi lưu chưa được gắn (mount): { $targets }. Sao lưu chạy lúc này sẽ ghi vào đĩa hệ thống.
    .unknown-no-target = Chưa đánh giá được: cấu hình không cho biết bản sao lưu được ghi vào đâu.

backup-encrypted = Bản sao lưu được mã hóa
    .why = Bản sao lưu chứa toàn bộ dữ liệu; ai lấy được đĩa hoặc vào được nơi lưu là đọc được hết.
    .fix = Dùng restic, hoặc borg init --encryption=repokey-blake2, hoặc đặt repo1-cipher-type=aes-256-cbc cho pgBackRest; tệp kết xuất thì mã hóa bằng age hoặc gpg trước khi lưu. Cất khóa ở nơi khác.
    .confirm = ls THƯ_MỤC_SAO_LƯU; borg info KHO | grep -i encrypted; grep cipher /etc/pgbackrest.conf
    .pass = Bản sao lưu được mã hóa: { $stores }.
    .fail = Bản sao lưu không mã hóa: { $stores }.
    .unknown = Chưa đánh giá được: không xác định được có mã hóa hay không: { $stores }.
    .unknown-none = Chưa đánh giá được: không thấy bản sao lưu nào.

backup-permissions = Bản sao lưu không mở cho tài khoản thường
    .why = Tệp kết xuất mà ai cũng đọc được là lộ toàn bộ cơ sở dữ liệu, không cần mật khẩu.
    .fix = chown root:root THƯ_MỤC_SAO_LƯU && chmod 700 THƯ_MỤC_SAO_LƯU; đặt umask 077 trong kịch bản sao lưu.
    .confirm = ls -la THƯ_MỤC_SAO_LƯU
    .pass = Tài khoản thường không đọc, không ghi được vào nơi lưu.
    .fail = Mọi tài khoản trên máy đều đọc hoặc ghi được: { $stores }.
    .unknown = Chưa đánh giá được: có nơi lưu không xem được.
    .unknown-none = Chưa đánh giá được: trên máy không có nơi lưu nào có dữ liệu.

backup-integrity = Bản sao lưu còn nguyên vẹn
    .why = Bản sao lưu hỏng chỉ lộ ra khi cần khôi phục, lúc đã quá muộn.
    .fix = Chạy kiểm tra đầy đủ (restic check --read-data; borg check --verify-data KHO; pgbackrest verify) và sao lưu lại ngay nếu hỏng. Kịch bản kết xuất phải có set -o pipefail.
    .confirm = sha256sum KHO/snapshots/*; tail -3 TEP.sql  # tên tệp phải trùng với mã băm
    .pass = Đã kiểm tra { $count } tệp, tất cả nguyên vẹn.
    .partial = Đã kiểm tra mẫu { $count } tệp và không thấy hỏng; phần còn lại chưa được đọc.
    .fail = Các tệp sau bị hỏng hoặc chưa đầy đủ: { $files }.
    .unknown = Chưa đánh giá được: có nơi lưu không xem được.
    .unknown-none = Chưa đánh giá được: không có tệp nào cho phép kiểm tra mà không cần mật khẩu (đã kiểm tra { $count } tệp).

backup-restore-test = Đã khôi phục thử trong thời hạn
    .why = Chỉ khôi phục thử mới chứng minh được bản sao lưu dùng được.
    .fix = Khôi phục thử ra máy khác, so sánh mã băm, rồi ghi vào /var/lib/capdo-agent/restore-tests.toml một mục [[test]] gồm date = "2026-10-02", backup = "khôi phục cái gì", by = "ai làm", result = "ok", compared = "đã so sánh thế nào".
    .confirm = sudo cat /var/lib/capdo-agent/restore-tests.toml
    .pass = Khôi phục thử thành công ngày { $date }.
    .fail = Lần khôi phục thử gần nhất là { $date }, đã quá { $limit } ngày.
    .fail-none = Chưa có lần khôi phục thử nào được ghi lại.
    .fail-not-counted = Có ghi lại nhưng không lần nào thành công và đủ thông tin người làm, nội dung, cách so sánh.
    .unknown-future = Chưa đánh giá được: bản ghi mang ngày { $date }, ở tương lai so với đồng hồ của máy.

backup-databases-covered = Mọi cơ sở dữ liệu đều được sao lưu
    .why = Cơ sở dữ liệu bị bỏ sót khỏi sao lưu là mất mát chỉ nhận ra khi đã xảy ra.
    .fix = Thêm lịch kết xuất cho từng cơ sở dữ liệu: pg_dumpall hoặc pgBackRest cho PostgreSQL; mariadb-dump --single-transaction --all-databases cho MySQL, MariaDB.
    .confirm = ls /var/lib/postgresql /var/lib/mysql; sudo crontab -l; systemctl list-timers
    .pass = Mọi cơ sở dữ liệu đều có công việc sao lưu phù hợp: { $databases }.
    .partial = Chỉ sao chép thư mục của cơ sở dữ liệu đang chạy, bản sao có thể không dùng được: { $databases }.
    .fail = Không có công việc sao lưu nào cho: { $databases }.
    .not-applicable = Máy không có cơ sở dữ liệu PostgreSQL, MySQL hay MariaDB.
    .unknown = Chưa đánh giá được: không rõ công cụ sao lưu có gồm { $databases } hay không.
