# Texts of the family kernel.

kernel-core-dumps = No memory of crashed programs is kept
    .why = The memory of a program holds the passwords, keys and personal data that it was working with.
    .fix = printf "kernel.core_pattern=|/bin/false\nfs.suid_dumpable=0\n" > /etc/sysctl.d/99-no-core.conf && sysctl --system. With systemd-coredump: set Storage=none and ProcessSizeMax=0 in /etc/systemd/coredump.conf.
    .confirm = sysctl kernel.core_pattern fs.suid_dumpable; grep -rn core /etc/security/limits.conf /etc/security/limits.d
    .pass = No memory dump is kept.
    .partial = Only logins are limited; services may still dump their memory.
    .fail = The memory of crashed programs is kept.
    .fail-suid = Programs that change user may dump their memory (fs.suid_dumpable is not 0).

kernel-exploit-protection = The kernel's exploit protection is on
    .why = These defences make most exploits fail even where software has a flaw.
    .fix = printf "kernel.randomize_va_space=2\nkernel.kptr_restrict=1\nkernel.dmesg_restrict=1\nkernel.yama.ptrace_scope=1\nfs.suid_dumpable=0\nkernel.unprivileged_bpf_disabled=1\n" > /etc/sysctl.d/60-exploit.conf && sysctl --system
    .confirm = sysctl kernel.randomize_va_space kernel.kptr_restrict kernel.dmesg_restrict kernel.yama.ptrace_scope fs.suid_dumpable kernel.unprivileged_bpf_disabled
    .pass = Every defence is on.
    .partial = Address randomisation is on; still weak: { $settings }.
    .partial-boot = All are on now, but a file will weaken these at the next boot: { $settings }.
    .fail-aslr = Address randomisation (ASLR) is not fully on. Weak settings: { $settings }.

kernel-mac-enforcing = SELinux or AppArmor enforces
    .why = It keeps a service that was taken over within its bounds.
    .fix-debian = apt-get install apparmor apparmor-utils && aa-enforce /etc/apparmor.d/*
    .fix-rhel = sed -i 's/^SELINUX=.*/SELINUX=enforcing/' /etc/selinux/config && setenforce 1
    .confirm = getenforce; aa-status
    .pass-selinux = SELinux enforces.
    .pass-apparmor = AppArmor enforces { $enforced } profiles; none only complains.
    .partial-boot = SELinux enforces now, but /etc/selinux/config will end that at the next boot.
    .partial-complain = AppArmor profiles that only complain: { $profiles }.
    .fail-permissive = SELinux only warns.
    .fail-no-profile = AppArmor is on but enforces no profile.
    .fail-none = Neither SELinux nor AppArmor is active.
    .not-applicable = This is a container: the kernel belongs to the machine below.

kernel-rare-modules = Rare protocols and file systems are blocked
    .why = Kernel code that is rarely used often has flaws, and ordinary users can make the kernel load it.
    .fix = for m in dccp sctp rds tipc cramfs freevxfs hfs hfsplus jffs2; do printf "install $m /bin/false\nblacklist $m\n"; done > /etc/modprobe.d/rare.conf
    .confirm = modprobe -n -v dccp; grep -rn '^install' /etc/modprobe.d; lsmod
    .pass = The rare modules are absent or blocked.
    .partial = Rare protocols are blocked; these modules are not fully: { $modules }.
    .fail = Rare modules that can be loaded or are: { $modules }.
    .not-applicable = This is a container: the kernel belongs to the machine below.

kernel-usb-storage = USB storage is blocked
    .why = A USB stick carries malware in and data out past the network.
    .fix = printf "install usb-storage /bin/false\nblacklist usb-storage\n" > /etc/modprobe.d/usb-storage.conf && modprobe -r usb-storage
    .confirm = modprobe -n -v usb-storage; lsmod | grep usb_storage
    .pass = USB storage cannot be used.
    .partial-usbguard = USBGuard starts at boot; its rules were not verified.
    .partial-blacklist = The module usb-storage is only blacklisted: it can still be loaded by name.
    .fail = USB storage can be used (module usb-storage: { $state }).
    .not-applicable = This is a container: the kernel belongs to the machine below.
