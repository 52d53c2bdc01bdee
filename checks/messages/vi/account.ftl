# Nội dung của nhóm account.

account-uid-zero = Chỉ tài khoản root có mã người dùng (UID) bằng 0
    .why = Tài khoản có UID 0 chính là root dưới tên khác: được làm mọi việc, và nhật ký không phân biệt được hai tài khoản.
    .fix = Cấp UID riêng cho từng tài khoản trong danh sách (usermod -u UID_MỚI TÊN) hoặc xóa tài khoản đó (userdel TÊN). Nếu cần quyền quản trị thì cấp qua sudo.
    .confirm = awk -F: '$3 == 0 {"{"} print $1 {"}"}' /etc/passwd
    .pass = Chỉ có root mang UID 0.
    .fail = Ngoài root, các tài khoản sau cũng có UID 0: { $accounts }.
    .unknown-none = Chưa đánh giá được: /etc/passwd không có tài khoản nào mang UID 0, kể cả root.
