# Texts of the family disk.

disk-encryption = Data lies on encrypted disks
    .why = A disk that is taken out or sold, or a copied image of a virtual machine, gives everything away unless it is encrypted. Where the hypervisor or the storage device encrypts, declare that as an equal measure: it cannot be seen from within.
    .fix = Make a LUKS volume for the data (cryptsetup luksFormat DEVICE), move the data there and mount it through /etc/crypttab; on a new host, choose disk encryption when installing.
    .confirm = lsblk -o NAME,TYPE,MOUNTPOINTS
    .pass = All places that hold data lie on encrypted disks: { $places }.
    .partial = Only a part is encrypted; not encrypted: { $places }.
    .fail = No disk encryption is seen at: { $places }.
    .unknown = Not assessed: the device below { $places } cannot be seen.
