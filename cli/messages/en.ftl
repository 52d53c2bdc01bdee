# What every program of capdo says on the command line.

help-usage = Usage
help-options = Options
help-commands = Commands
help-command = COMMAND
help-help = Show this help.
help-version = Show the version.

usage-more = Run “{ $program } --help” for all commands and options.
usage-unknown-command = There is no command “{ $name }”. Nearest: { $valid }.
usage-unknown-argument = There is no option “{ $arg }” here.
usage-no-value = “{ $arg }” needs a value.
usage-invalid-value = “{ $value }” is no value for { $arg }. Possible: { $valid }.
usage-missing = Missing: { $arg }.
usage-no-command = A command is missing.
usage-conflict = “{ $arg }” and “{ $other }” cannot be given together.
usage-other = The command line is not understood ({ $detail }).
