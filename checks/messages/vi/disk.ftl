# Nội dung của nhóm disk.

disk-encryption = Dữ liệu nằm trên ổ đĩa được mã hóa
    .why = Ổ đĩa bị tháo, bị thanh lý hoặc ảnh máy ảo bị sao chép sẽ lộ toàn bộ dữ liệu nếu không mã hóa. Nếu mã hóa ở tầng ảo hóa hoặc thiết bị lưu trữ thì kê khai biện pháp tương đương, vì từ trong máy không thấy được.
    .fix = Tạo phân vùng LUKS cho thư mục dữ liệu (cryptsetup luksFormat THIẾT_BỊ), chuyển dữ liệu sang và gắn qua /etc/crypttab; cài máy mới thì chọn mã hóa ổ đĩa khi cài đặt.
    .confirm = lsblk -o NAME,TYPE,MOUNTPOINTS
    .pass = Các nơi chứa dữ liệu đều nằm trên ổ đĩa mã hóa: { $places }.
    .partial = Chỉ một phần được mã hóa; chưa mã hóa: { $places }.
    .fail = Không thấy mã hóa ổ đĩa tại: { $places }.
    .unknown = Chưa đánh giá được: không thấy thiết bị nằm dưới { $places }.
