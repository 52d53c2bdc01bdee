# Nội dung của nhóm integrity.

integrity-vantage-points = Tệp cấu hình và dịch vụ đang chạy nói giống nhau
    .why = Khi tệp cấu hình và dịch vụ đang chạy khác nhau, hoặc thay đổi chưa từng được nạp, hoặc sẽ mất sau lần khởi động lại tới. Một trong hai không đúng như người quản trị nghĩ.
    .fix = Với từng dòng: xác định giá trị đúng, ghi vào tệp, rồi nạp lại dịch vụ (systemctl reload TÊN, sysctl --system, hoặc lệnh ghi trong trang của phép kiểm tra tương ứng).
    .confirm = So sánh hai giá trị trong trang của các phép kiểm tra được nêu tên.
    .pass = Đã xem { $compared } thiết lập ở cả tệp lẫn trạng thái đang chạy, đều khớp nhau.
    .fail = { $count } thiết lập khác nhau giữa tệp và trạng thái đang chạy: { $list }.
    .unknown-none = Chưa đánh giá được: không thiết lập nào xem được từ hai phía. Tác tử cần quyền root, hoặc các phép kiểm tra khác đã bị bỏ qua.
