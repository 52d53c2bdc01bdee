# Lời chung của mọi chương trình capdo trên dòng lệnh.

help-usage = Cách dùng
help-options = Tùy chọn
help-commands = Các lệnh
help-command = LỆNH
help-help = Hiện hướng dẫn này.
help-version = Hiện phiên bản.

usage-more = Chạy “{ $program } --help” để xem mọi lệnh và tùy chọn.
usage-unknown-command = Không có lệnh “{ $name }”. Gần nhất: { $valid }.
usage-unknown-argument = Ở đây không có tùy chọn “{ $arg }”.
usage-no-value = “{ $arg }” cần có giá trị.
usage-invalid-value = “{ $value }” không phải là giá trị của { $arg }. Có thể dùng: { $valid }.
usage-missing = Còn thiếu: { $arg }.
usage-no-command = Còn thiếu lệnh.
usage-conflict = Không dùng được “{ $arg }” cùng với “{ $other }”.
usage-other = Không hiểu dòng lệnh ({ $detail }).
