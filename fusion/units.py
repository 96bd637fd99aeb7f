"""Units of bytes: MB and GB count by thousands, as networks and sellers of disks do; MiB and GiB by 1024, as memory.

Whatever is shown to a person is divided by one of these and followed by the unit of the same name. Pure.
"""

MB, GB = 10**6, 10**9
MIB, GIB, TIB = 2**20, 2**30, 2**40
