# Nội dung của nhóm backup.

backup-present = Có công việc sao lưu
    .why = Không có bản sao lưu thì một lần hỏng đĩa hoặc mã độc tống tiền là mất hẳn dữ liệu.
    .fix = Cài một công cụ sao lưu và đặt lịch, ví dụ: apt-get install restic; restic -r sftp:MÁY_SAO_LƯU:/kho init; rồi tạo bộ hẹn giờ chạy restic backup hằng ngày. Nếu đang dùng công cụ khác, khai báo nơi lưu ở backup_targets trong cấu hình của tác tử.
    .confirm = sudo crontab -l; ls /etc/cron.d; systemctl list-timers --all
    .pass = Có công việc sao lưu: { $jobs }.
    .partial-agent = Tác tử của máy chủ sao lưu đang chạy ({ $jobs }), nhưng trên máy không có dấu hiệu nào cho thấy máy chủ đó đã tạo bản sao lưu.
    .partial-store = Có bản sao lưu tại { $stores } nhưng không thấy công việc nào trên máy tạo ra chúng.
    .fail = Không thấy công việc sao lưu nào và không thấy nơi lưu nào được khai báo.
    .fail-snapshots = Chỉ có ảnh chụp nhanh (snapshot): { $jobs }. Chúng nằm trên chính đĩa chứa dữ liệu và mất cùng đĩa đó; phải gửi sang máy khác.
    .fail-idle = Có cấu hình sao lưu nhưng không có gì chạy nó: { $jobs }.
    .unknown = Chưa đánh giá được: có nơi không xem được ({ $detail }).

backup-automatic = Sao lưu chạy tự động
    .why = Sao lưu bằng tay sẽ bị quên đúng lúc cần nhất.
    .fix = Bật bộ hẹn giờ của công cụ (systemctl enable --now TÊN.timer) hoặc thêm dòng lịch vào /etc/cron.d/.
    .confirm = sudo crontab -l; ls /etc/cron.d; systemctl list-timers --all
    .pass = Sao lưu được chạy tự động: { $jobs }.
    .partial = Tác tử của máy chủ sao lưu đang chạy ({ $jobs }); từ máy này không biết máy chủ đó có ra lệnh sao lưu hay không.
    .fail = Có cấu hình sao lưu nhưng không có lịch nào đang bật.
    .fail-none = Không có công việc sao lưu nào.
    .unknown = Chưa đánh giá được: có nơi không xem được ({ $detail }).

backup-age = Bản sao lưu mới nhất không cũ hơn thời hạn
    .why = Khôi phục từ bản cũ là mất mọi thay đổi từ đó đến nay. Công việc sao lưu hỏng âm thầm là chuyện thường gặp.
    .fix = Chạy sao lưu bằng tay để xem lỗi (systemctl start TÊN.service; journalctl -u TÊN.service), sửa nguyên nhân, rồi kiểm tra lại sau một ngày.
    .confirm = restic snapshots --latest 1; borg list --last 1 KHO; pgbackrest info; ls -lt THƯ_MỤC_SAO_LƯU | head
    .pass = Công cụ ghi nhận sao lưu thành công ngày { $date }.
    .partial = Tệp mới nhất trong nơi lưu mang ngày { $date }, nhưng không có ghi nhận thành công của chính công cụ.
    .partial-part = Bản sao lưu mới nhất của đối tượng này là của ngày { $date }, cũ hơn { $limit } ngày, trong khi các đối tượng khác trong { $store } vẫn được sao lưu. Nếu đã ngừng dùng, hãy chuyển các bản sao của nó đi nơi khác; nếu không, hãy sửa công việc sao lưu.
    .partial-part-never = Đối tượng này chưa có lần sao lưu nào thành công, trong khi các đối tượng khác trong { $store } vẫn được sao lưu. Nếu đã ngừng dùng, hãy chuyển các tệp của nó đi nơi khác; nếu không, hãy sửa công việc sao lưu.
    .fail = Bản sao lưu mới nhất là của ngày { $date }, cũ hơn { $limit } ngày.
    .fail-locked = Bản sao lưu mới nhất là của ngày { $date }, cũ hơn { $limit } ngày, và nơi lưu bị khóa từ { $since }. Khóa này chặn mọi lần sao lưu mới: kiểm tra chắc chắn không có sao lưu nào đang chạy rồi gỡ khóa (restic unlock; borg break-lock KHO).
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
    .pass-key-inside = Bản sao lưu đã mã hóa: { $stores }. Mật khẩu được sao chép vào chính bản sao lưu đó ({ $files }), không có mật khẩu thì không ai lấy lại được: hãy giữ thêm một bản mật khẩu ở nơi khác.
    .partial-key-on-disk = Bản sao lưu đã mã hóa: { $stores }, nhưng mật khẩu nằm trên cùng ổ đĩa, và ổ đĩa này không mã hóa: { $files }. Ai lấy được ổ đĩa thì đọc được tất cả.
    .fail-key-beside = Mật khẩu nằm cạnh chính bản sao lưu mà nó mở: { $files }. Ai lấy được thiết bị lưu trữ đó thì đọc được tất cả.
    .fail = Bản sao lưu không mã hóa: { $stores }.
    .unknown = Chưa đánh giá được: không xác định được có mã hóa hay không: { $stores }.
    .unknown-key = Chưa đánh giá được: các mật khẩu này nằm trên cùng thiết bị với bản sao lưu mà nó mở, và không biết được thiết bị đó có được mã hóa hay không: { $files }.
    .unknown-none = Chưa đánh giá được: không thấy bản sao lưu nào.

backup-permissions = Bản sao lưu không mở cho tài khoản thường
    .why = Tệp kết xuất mà ai cũng đọc được là lộ toàn bộ cơ sở dữ liệu, không cần mật khẩu.
    .fix = chown root:root THƯ_MỤC_SAO_LƯU && chmod 700 THƯ_MỤC_SAO_LƯU; đặt umask 077 trong kịch bản sao lưu.
    .confirm = ls -la THƯ_MỤC_SAO_LƯU
    .pass = Tài khoản thường không đọc, không ghi được vào nơi lưu.
    .fail = Mọi tài khoản trên máy đều đọc hoặc ghi được: { $stores }.
    .fail-credentials = Mọi tài khoản trên máy đều đọc được các tệp chứa mật khẩu của việc sao lưu: { $files }.
    .unknown = Chưa đánh giá được: có nơi lưu không xem được.
    .unknown-none = Chưa đánh giá được: trên máy không có nơi lưu nào có dữ liệu.

backup-integrity = Kho sao lưu khớp với mã kiểm tra của chính nó
    .why = Đĩa có thể làm sai dữ liệu mà không báo lỗi. Bản sao lưu hỏng chỉ lộ ra khi cần khôi phục, lúc đã quá muộn.
    .fix = Chạy kiểm tra đầy đủ (restic check --read-data; borg check --verify-data KHO; pgbackrest verify), tìm đĩa hoặc cáp bị lỗi, và sao lưu lại ngay vào kho mới nếu hỏng.
    .confirm = sha256sum KHO/data/*/*  # restic: tên tệp phải trùng với mã băm; borg check --repository-only KHO; pgbackrest --stanza=TÊN verify
    .pass = Cả { $count } tệp trong kho đều khớp với mã kiểm tra.
    .partial = { $count } tệp được đọc hôm nay đều khớp với mã kiểm tra. Kho lớn hơn mức đọc của một lượt: đọc hết trong { $turns } lượt, mỗi ngày một lượt.
    .fail = Các tệp sau không khớp hoặc bị thiếu: { $files }.
    .not-applicable = Trên máy không có kho nào kèm mã kiểm tra; tệp kết xuất và tệp nén do phép kiểm tra khác đọc.
    .not-applicable-unprepared = Bản sao lưu của mariabackup không kèm mã kiểm tra. Các bản này chưa được chuẩn bị, việc bắt buộc trước khi khôi phục (mariabackup --prepare --target-dir=THƯ_MỤC, làm trên một bản sao của thư mục): { $folders }.
    .unknown = Chưa đánh giá được: có phần không đọc được ({ $detail }).
    .unknown-none = Chưa đánh giá được: trên máy không có kho nào so sánh được mã kiểm tra.

backup-restore-test = Đã khôi phục thử trong thời hạn
    .why = Chỉ khôi phục thử mới chứng minh được bản sao lưu dùng được.
    .fix = Khôi phục vào một thư mục trống, tốt nhất là trên máy khác, rồi chạy: capdo-agent backup attest-restore --target KHO --result ok --by TÊN --compare BẢN_GỐC BẢN_KHÔI_PHỤC
    .confirm = sudo capdo-agent backup list; sudo cat /var/lib/capdo-agent/restore-tests.jsonl
    .pass = Lần khôi phục thử ngày { $date } đã được so sánh với bản gốc và giống nhau.
    .partial = Có xác nhận khôi phục thử ngày { $date } nhưng không so sánh với bản gốc.
    .fail = Lần khôi phục thử gần nhất là { $date }, đã quá { $limit } ngày.
    .fail-failed = Lần khôi phục thử gần nhất, ngày { $date }, không thành công.
    .fail-none = Chưa có lần khôi phục thử nào được ghi lại.
    .unknown-future = Chưa đánh giá được: bản ghi mang ngày { $date }, ở tương lai so với đồng hồ của máy.

backup-databases-covered = Mọi cơ sở dữ liệu đều được sao lưu
    .why = Cơ sở dữ liệu bị bỏ sót khỏi sao lưu là mất mát chỉ nhận ra khi đã xảy ra.
    .fix = Thêm lịch kết xuất cho từng cơ sở dữ liệu: pg_dumpall hoặc pgBackRest cho PostgreSQL; mariadb-dump --single-transaction --all-databases cho MySQL, MariaDB; mongodump cho MongoDB; redis-cli --rdb cho Redis; slapcat cho OpenLDAP; sqlite3 TỆP ".backup BẢN_SAO" cho SQLite.
    .confirm = ls /var/lib/postgresql /var/lib/mysql; sudo crontab -l; systemctl list-timers
    .pass = Mọi cơ sở dữ liệu đều có công việc sao lưu phù hợp: { $databases }.
    .partial = Chỉ sao chép thư mục của cơ sở dữ liệu đang chạy, bản sao có thể không dùng được: { $databases }.
    .partial-named = Công việc kết xuất chỉ gồm những cơ sở dữ liệu được nêu tên, không chắc là tất cả: { $databases }. Hãy kết xuất toàn bộ máy chủ cơ sở dữ liệu.
    .fail = Không có công việc sao lưu nào cho: { $databases }.
    .not-applicable = Máy không có cơ sở dữ liệu PostgreSQL, MySQL, MariaDB, MongoDB, Redis, OpenLDAP hay SQLite ở các vị trí thường dùng.
    .unknown = Chưa đánh giá được: không rõ công cụ sao lưu có gồm { $databases } hay không.

backup-readable = Tệp kết xuất và tệp nén đọc được đến hết
    .why = Tệp kết xuất bị cắt ngang, rỗng hoặc chỉ chứa thông báo lỗi trông vẫn như bản sao lưu cho đến khi cần dùng.
    .fix = Chạy công việc bằng tay để xem lỗi; ghi ra tên tạm và chỉ đổi tên sau khi thành công. Kịch bản phải có set -o pipefail, nếu không lỗi của chương trình đầu trong chuỗi lệnh sẽ bị bỏ qua.
    .confirm = zcat TỆP.sql.gz | tail -5  # cuối tệp phải có dấu kết thúc của công cụ; pg_restore -f /dev/null TỆP.dump; tar -tf TỆP.tar
    .pass = Các bản mới nhất đã được đọc từ byte đầu đến byte cuối và đầy đủ: { $count }.
    .partial = Đã đọc các tệp sau và không thấy lỗi, nhưng không có gì trong tệp chứng minh là đầy đủ (đã mã hóa, đang được ghi, hoặc không có dấu kết thúc): { $files }.
    .partial-large = Các tệp sau lớn hơn mức đọc của một lượt nên chưa được đọc đến hết: { $files }.
    .fail = Các tệp sau không dùng được: { $files }.
    .not-applicable = Trên máy không có tệp kết xuất hay tệp nén nào; kho sao lưu do phép kiểm tra khác so sánh mã.
    .unknown = Chưa đánh giá được: có bản không đọc được ({ $detail }).
    .unknown-none = Chưa đánh giá được: trên máy không thấy tệp kết xuất hay tệp nén nào.

backup-size-trend = Bản sao lưu không đột ngột nhỏ đi
    .why = Bản sao lưu đột ngột chỉ còn một nửa thường là do thiếu dữ liệu: thư mục chưa được gắn, mật khẩu không còn đúng.
    .fix = So sánh bản mới nhất với bản trước đó, chạy công việc bằng tay và xem phần nào bị thiếu.
    .confirm = ls -l --time-style=long-iso THƯ_MỤC_SAO_LƯU; pgbackrest info
    .pass = Các bản mới nhất có dung lượng tương đương các bản trước (số chuỗi đã so sánh: { $count }).
    .fail = Bản mới nhất chỉ bằng một nửa mức thường lệ trở xuống, hoặc rỗng (byte, so với trung vị các bản trước): { $series }.
    .not-applicable = Mọi bản sao lưu ở đây dùng chung dữ liệu trong kho; không có mật khẩu thì không bản nào có dung lượng riêng.
    .unknown = Chưa đánh giá được: có nơi lưu không xem được ({ $detail }).
    .unknown-many = Chưa đánh giá được: số chuỗi bản sao lưu nhiều hơn mức báo cáo được.
    .unknown-short = Chưa đánh giá được: không chuỗi nào có đủ { $needed } bản trước đó để so sánh.

backup-copies = Ba bản, hai phương tiện, một bản ở nơi khác (3-2-1)
    .why = Một vụ cháy, một vụ trộm hay một kẻ xâm nhập không được phép với tới mọi bản cùng lúc.
    .fix = Giữ bản gốc, một bản trên đĩa hoặc máy khác và một bản ở địa điểm khác. Khai báo nơi lưu nào ở địa điểm khác bằng backup_offsite trong cấu hình của tác tử.
    .confirm = findmnt -T THƯ_MỤC_SAO_LƯU; lsblk -s; systemctl list-timers; sudo crontab -l
    .pass = { $data ->
        [files] Tệp
       *[other] { $data }
    }: có { $copies } bản trên { $media } phương tiện, trong đó { $offsite } bản ở nơi khác.
    .partial = { $data ->
        [files] Tệp
       *[other] { $data }
    }: có bản sao trên phương tiện khác nhưng chưa đạt 3-2-1: { $copies } bản trên { $media } phương tiện, { $offsite } bản ở nơi khác.
    .partial-claimed = { $data ->
        [files] Tệp
       *[other] { $data }
    }: cấu hình nêu { $copies } bản trên { $media } phương tiện, { $offsite } bản ở nơi khác, nhưng không phải bản nào cũng có dấu hiệu thành công.
    .fail = { $data ->
        [files] Tệp
       *[other] { $data }
    }: chỉ có { $copies } bản (tính cả bản gốc) trên { $media } phương tiện, { $offsite } bản ở nơi khác.
    .unknown = Chưa đánh giá được: có nơi không xem được ({ $detail }).
    .unknown-unclear = Chưa đánh giá được: không xác định được một số nơi lưu nằm ở đâu.
    .unknown-unproved = Chưa đánh giá được: { $data ->
        [files] Tệp
       *[other] { $data }
    }: cấu hình nêu { $copies } bản trên { $media } phương tiện nhưng trên máy không có dấu hiệu nào cho thấy đã thành công.

backup-immutable = Có một bản ngoài tầm với của kẻ xâm nhập
    .why = Mã độc tống tiền tìm bản sao lưu trước tiên. Máy chủ xóa được bản nào thì kẻ chiếm máy chủ cũng xóa được bản đó.
    .fix = Giữ một bản trên đĩa chỉ gắn khi sao lưu, hoặc gửi tới máy chủ chỉ cho ghi thêm (rest-server --append-only; borg serve --append-only) hay kho đối tượng có khóa tuân thủ, và khai báo bằng backup_immutable.
    .confirm = findmnt --fstab; lsattr -d THƯ_MỤC_SAO_LƯU; grep append_only KHO/config
    .pass = Có bản sao lưu trên phương tiện không gắn vào máy ngoài lúc sao lưu: { $places }.
    .partial-old = Có dùng phương tiện không gắn vào máy, nhưng công việc thành công lần cuối ngày { $date }: { $places }.
    .partial-offline = Có nêu phương tiện không gắn vào máy, nhưng không thấy dấu hiệu công việc đã thành công: { $places }.
    .partial-guarded = Bản sao lưu chỉ được ghi thêm hoặc bị khóa sửa đổi, nhưng quyền root trên máy này gỡ được: { $places }.
    .partial-declared = Chủ quản kê khai rằng phía lưu trữ từ chối xóa; điều đó không kiểm chứng được từ máy này: { $places }.
    .fail = Mọi bản sao lưu đều xóa được từ máy này.
    .unknown = Chưa đánh giá được: có nơi không xem được ({ $detail }).
    .unknown-elsewhere = Chưa đánh giá được: từ máy này không biết phía lưu trữ có từ chối xóa hay không. Nếu có, khai báo nơi lưu bằng backup_immutable.

backup-unprotected-data = Mọi dữ liệu trên máy đều được sao lưu
    .why = Dữ liệu không công việc nào sao lưu chỉ được nhớ đến khi đã mất.
    .fix = Thêm các thư mục vào công việc sao lưu hoặc bỏ mẫu loại trừ. Dữ liệu thật sự không cần sao lưu thì khai báo bằng backup_unneeded.
    .confirm = sudo crontab -l; systemctl cat '*.timer'; findmnt -D
    .pass = Mỗi nơi sau đều có công việc sao lưu: { $places }.
    .fail = Không công việc nào sao lưu các nơi sau: { $places }.
    .fail-excluded = Các nơi sau bị bỏ ra do mẫu loại trừ hoặc do nằm trên hệ tệp khác: { $places }.
    .unknown = Chưa đánh giá được: có nơi không xem được ({ $detail }).
    .unknown-hidden = Chưa đánh giá được: từ máy này không biết các nơi sau có được sao lưu hay không: { $places }.
    .unknown-no-data = Chưa đánh giá được: không thấy nơi nào có dữ liệu.

backup-retention = Bản sao lưu được giữ đủ lâu
    .why = Dữ liệu bị xóa, bị sửa hay bị mã hóa thường nhiều tuần sau mới phát hiện; khi đó mọi bản sao lưu giữ ngắn ngày đều đã mang lỗi.
    .fix = Giữ bản hằng ngày trong một tháng và bản hằng tháng lâu hơn, ví dụ: restic forget --prune --keep-daily 31 --keep-monthly 12; borg prune --keep-daily 31 --keep-monthly 12; với pgBackRest đặt repo1-retention-full-type=time và repo1-retention-full=31. Đặt tên tệp kết xuất theo ngày.
    .confirm = restic snapshots; borg list KHO; pgbackrest info; ls -l --time-style=long-iso THƯ_MỤC_SAO_LƯU; sudo crontab -l
    .pass = Bản cũ nhất trong { $copies } bản là ngày { $date }, theo ghi nhận của chính công cụ.
    .partial-files = Bản cũ nhất trong { $copies } bản là ngày { $date }, nhưng chỉ căn cứ vào thời gian của tệp.
    .partial-young = Bản cũ nhất trong { $copies } bản là ngày { $date }. Quy tắc lưu giữ đủ dài nhưng hiện các bản chưa lùi đủ xa.
    .partial-rule = Quy tắc tại { $at } giữ bản sao lưu { $days } ngày, nhưng từ máy này không thấy ngày của các bản.
    .partial-short-rule = Vẫn còn bản cũ, nhưng quy tắc tại { $at } chỉ giữ tối đa { $days } ngày; yêu cầu là { $limit } ngày.
    .partial-hole = Bản cũ nhất trong { $copies } bản là ngày { $date }, nhưng có hai bản liền kề cách nhau { $days } ngày.
    .fail-rule = Quy tắc tại { $at } xóa bản sao lưu chậm nhất sau { $days } ngày; yêu cầu giữ { $limit } ngày.
    .unknown = Chưa đánh giá được: có nơi không xem được ({ $detail }).
    .unknown-future = Chưa đánh giá được: có bản sao lưu mang ngày ở tương lai so với đồng hồ của máy.
    .unknown-no-dates = Chưa đánh giá được: từ máy này không thấy ngày của các bản, cũng không thấy quy tắc lưu giữ.
    .unknown-short = Chưa đánh giá được: bản cũ nhất trong { $copies } bản mới là ngày { $date }, chưa đủ { $limit } ngày, và không thấy quy tắc lưu giữ. Có thể mới bắt đầu sao lưu, cũng có thể bản cũ đã bị xóa.

backup-failures-shown = Công việc sao lưu không che giấu lỗi
    .why = Công việc báo thành công khi thực ra đã lỗi chỉ bị phát hiện vào ngày cần khôi phục.
    .fix = Mở đầu kịch bản bằng set -euo pipefail (bash), bỏ || true và 2>/dev/null, bỏ dấu gạch ở ExecStart=-, ghi tệp kết xuất ra tên mới và chỉ đổi tên sau khi thành công.
    .confirm = sudo crontab -l; systemctl cat '*.service'; less KỊCH_BẢN
    .pass = Không dòng lệnh nào che giấu lỗi (số lệnh và kịch bản đã xem: { $count }).
    .fail = Lỗi sẽ không lộ ra, hoặc sẽ làm hỏng bản duy nhất, tại: { $places }.
    .not-applicable = Trên máy không có công việc sao lưu nào được khởi chạy.
    .unknown = Chưa đánh giá được: có nơi không xem được ({ $detail }).
    .unknown-around = Chưa đánh giá được: các dòng sau bỏ đi thông báo hoặc trạng thái kết thúc của một kịch bản, chưa rõ kịch bản đó có tự báo lỗi hay không: { $places }.
    .unknown-language = Chưa đánh giá được: các kịch bản sau không viết cho trình thông dịch lệnh (shell): { $files }.
    .unknown-nothing-read = Chưa đánh giá được: có công việc sao lưu nhưng không đọc được nội dung chúng chạy.
