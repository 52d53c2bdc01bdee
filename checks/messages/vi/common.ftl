# Lý do mà mọi phép kiểm tra đều có thể đưa ra.
common-gap = Chưa đánh giá được: { $reason ->
    [no_permission] không có quyền xem; cần quyền root hoặc dịch vụ được cấp quyền CAP_DAC_READ_SEARCH
    [lacks_net_admin] thiếu quyền CAP_NET_ADMIN (quét thủ công: chạy bằng root; dịch vụ của tác tử: cấp quyền bằng lệnh systemctl edit capdo-agent và ghi tên quyền ở mục [guest] của /etc/capdo/agent.toml)
    [lacks_sys_ptrace] thiếu quyền CAP_SYS_PTRACE (quét thủ công: chạy bằng root; dịch vụ của tác tử: cấp quyền bằng lệnh systemctl edit capdo-agent và ghi tên quyền ở mục [guest] của /etc/capdo/agent.toml), hoặc mô-đun an ninh của máy từ chối (SELinux, AppArmor)
    [lacks_audit_control] thiếu quyền CAP_AUDIT_CONTROL (quét thủ công: chạy bằng root; dịch vụ của tác tử: cấp quyền bằng lệnh systemctl edit capdo-agent và ghi tên quyền ở mục [guest] của /etc/capdo/agent.toml)
    [timeout] kiểm tra quá thời gian cho phép
    [over_budget] khối lượng công việc vượt hạn mức của phép kiểm tra hoặc của cả lượt chạy
    [tool_missing] máy chủ không có tệp hoặc công cụ thể hiện thông tin này
    [parse_error] đọc được nhưng không hiểu nội dung
    [unreachable] không có phản hồi
    [untrusted] chứng thư của địa chỉ này không được tin cậy nên không gửi mật khẩu; khai báo tổ chức cấp chứng thư tại trusted_cas trong /etc/capdo/agent.toml
    [no_tls] địa chỉ này không dùng TLS nên không gửi mật khẩu; khai báo cổng TLS của dịch vụ, hoặc địa chỉ 127.0.0.1 nếu dịch vụ có lắng nghe tại đó
    [not_authorised] chưa được cho phép; hãy khai báo địa chỉ này trong /etc/capdo/agent.toml ([[declared.endpoints]]) kèm authorisation = "văn bản cho phép"
    [not_live] chỉ hệ thống đang chạy mới thể hiện thông tin này
    [io] đọc bị lỗi
   *[crashed] bản thân phép kiểm tra bị lỗi
} ({ $detail }).
common-missing = Chưa đánh giá được: bằng chứng thiếu dữ kiện “{ $fact }”.
common-version = Chưa đánh giá được: bằng chứng thuộc phiên bản { $version } mà bản phát hành này không đánh giá.
common-unknown-check = Chưa đánh giá được: bản phát hành này không biết phép kiểm tra đó.
common-crashed = Chưa đánh giá được: việc đánh giá bằng chứng bị lỗi; đây là lỗi của capdo.
common-contested = Chưa đánh giá được: lúc { $date }, chính hệ thống thu thập thấy ở { $endpoint }: { $seen }. Máy chủ khai: { $claimed }.
common-unreadable = Chưa đánh giá được: bản phát hành này không đọc được bằng chứng đã lưu.

# Tên các nhóm phép kiểm tra.
family-account = Tài khoản
family-backup = Sao lưu
family-disk = Ổ đĩa
family-file = Tệp và quyền truy cập
family-integrity = Toàn vẹn
family-kernel = Nhân hệ điều hành
family-log = Nhật ký
family-malware = Phòng chống mã độc
family-mfa = Xác thực đa yếu tố
family-net = Mạng
family-password = Mật khẩu
family-patch = Bản vá
family-session = Phiên làm việc
family-ssh = SSH
family-sudo = Quyền quản trị (sudo)
family-time = Đồng bộ thời gian
family-tls = TLS
family-web = Trang web
