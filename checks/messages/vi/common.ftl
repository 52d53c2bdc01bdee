# Lý do mà mọi phép kiểm tra đều có thể đưa ra.
common-gap = Chưa đánh giá được: { $reason ->
    [no_permission] không có quyền xem
    [timeout] kiểm tra quá thời gian cho phép
    [over_budget] dữ liệu phải đọc vượt hạn mức của phép kiểm tra
    [tool_missing] máy chủ không có tệp hoặc công cụ thể hiện thông tin này
    [parse_error] đọc được nhưng không hiểu nội dung
    [unreachable] không có phản hồi
    [not_authorised] chưa có văn bản cho phép kiểm tra địa chỉ này
    [not_live] chỉ hệ thống đang chạy mới thể hiện thông tin này
    [io] đọc bị lỗi
   *[crashed] bản thân phép kiểm tra bị lỗi
} ({ $detail }).
common-missing = Chưa đánh giá được: bằng chứng thiếu dữ kiện “{ $fact }”.
common-version = Chưa đánh giá được: bằng chứng thuộc phiên bản { $version } mà bản phát hành này không đánh giá.
common-unknown-check = Chưa đánh giá được: bản phát hành này không biết phép kiểm tra đó.
