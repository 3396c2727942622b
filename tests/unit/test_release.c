// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * Releases of many distributions, split; and the order of images.
 */
#include "surface/surface.h"

#include <setjmp.h>
#include <stdio.h>

#include <cmocka.h>

/* clang-format off */
static const struct {
	const char *release, *arch; /* in */
	const char *name, *want_arch, *flavor, *revision, *distro;
	uint32_t v[3];
	const char *kept; /* release, when it is not the input */
} table[] = {
	/* Ubuntu */
	{ "5.4.0-26-generic", "amd64", "5.4.0-26-generic-amd64", "amd64", "generic", "26", "ubuntu", { 5, 4, 0 }, 0 },
	{ "5.4.0-26-generic", "x86_64", "5.4.0-26-generic-amd64", "amd64", "generic", "26", "ubuntu", { 5, 4, 0 }, 0 },
	{ "5.4.0-1009-aws", "amd64", "5.4.0-1009-aws-amd64", "amd64", "aws", "1009", "ubuntu", { 5, 4, 0 }, 0 },
	{ "5.15.0-1061-aws-fips", "amd64", "5.15.0-1061-aws-fips-amd64", "amd64", "aws-fips", "1061", "ubuntu", { 5, 15, 0 }, 0 },
	{ "6.8.0-31-generic-64k", "arm64", "6.8.0-31-generic-64k-arm64", "arm64", "generic-64k", "31", "ubuntu", { 6, 8, 0 }, 0 },
	{ "6.8.0-060800rc1-generic", "amd64", "6.8.0-060800rc1-generic-amd64", "amd64", "generic", "060800rc1", "ubuntu", { 6, 8, 0 }, 0 },
	{ "5.4.0-26-generic-lpae", "armhf", "5.4.0-26-generic-lpae-armhf", "armhf", "generic-lpae", "26", "ubuntu", { 5, 4, 0 }, 0 },
	/* names of datasets */
	{ "5.4.0-26-generic-amd64", NULL, "5.4.0-26-generic-amd64", "amd64", "generic", "26", "ubuntu", { 5, 4, 0 }, "5.4.0-26-generic" },
	{ "5.4.0-24-generic-riscv64", NULL, "5.4.0-24-generic-riscv64", "riscv64", "generic", "24", "ubuntu", { 5, 4, 0 }, "5.4.0-24-generic" },
	{ "5.4.0-26-generic-armhf", NULL, "5.4.0-26-generic-armhf", "armhf", "generic", "26", "ubuntu", { 5, 4, 0 }, "5.4.0-26-generic" },
	{ "5.4.0-26-lowlatency-amd64", NULL, "5.4.0-26-lowlatency-amd64", "amd64", "lowlatency", "26", "ubuntu", { 5, 4, 0 }, "5.4.0-26-lowlatency" },
	{ "6.1.0-56-cloud-amd64", NULL, "6.1.0-56-cloud-amd64", "amd64", "cloud", "56", "debian", { 6, 1, 0 }, "6.1.0-56-cloud" },
	{ "4.18.0-553.el8.x86_64", NULL, "4.18.0-553.el8.x86_64", "amd64", "generic", "553.el8", "rhel", { 4, 18, 0 }, 0 },
	{ "6.6.30-1-lts-or1k", NULL, "6.6.30-1-lts-or1k", "or1k", "lts", "1", "", { 6, 6, 30 }, "6.6.30-1-lts" },
	{ "5.4.0-26", NULL, "5.4.0-26", "", "generic", "26", "", { 5, 4, 0 }, 0 },
	{ "5.4.0", NULL, "5.4.0", "", "generic", "", "", { 5, 4, 0 }, 0 },
	/* Debian */
	{ "6.1.0-56-cloud-amd64", "amd64", "6.1.0-56-cloud-amd64", "amd64", "cloud", "56", "debian", { 6, 1, 0 }, 0 },
	{ "5.10.0-32-cloud-amd64", "amd64", "5.10.0-32-cloud-amd64", "amd64", "cloud", "32", "debian", { 5, 10, 0 }, 0 },
	{ "6.1.0-56-amd64", "amd64", "6.1.0-56-amd64", "amd64", "generic", "56", "debian", { 6, 1, 0 }, 0 },
	{ "6.1.0-56-rt-amd64", "amd64", "6.1.0-56-rt-amd64", "amd64", "rt", "56", "debian", { 6, 1, 0 }, 0 },
	{ "6.1.0-56-686-pae", "i386", "6.1.0-56-686-pae-i386", "i386", "generic", "56", "debian", { 6, 1, 0 }, 0 },
	{ "6.1.0-0.deb11.5-amd64", "amd64", "6.1.0-0.deb11.5-amd64", "amd64", "generic", "0.deb11.5", "debian", { 6, 1, 0 }, 0 },
	{ "6.12.107+deb13-cloud", "arm64", "6.12.107+deb13-cloud-arm64", "arm64", "cloud", "deb13", "debian", { 6, 12, 107 }, 0 },
	{ "6.12.107+deb13-cloud-arm64", "arm64", "6.12.107+deb13-cloud-arm64", "arm64", "cloud", "deb13", "debian", { 6, 12, 107 }, 0 },
	{ "6.12.107+deb13-amd64", "amd64", "6.12.107+deb13-amd64", "amd64", "generic", "deb13", "debian", { 6, 12, 107 }, 0 },
	{ "6.12.107+deb13-s390x", "s390x", "6.12.107+deb13-s390x", "s390x", "generic", "deb13", "debian", { 6, 12, 107 }, 0 },
	{ "6.12.107+deb13-riscv64", "riscv64", "6.12.107+deb13-riscv64", "riscv64", "generic", "deb13", "debian", { 6, 12, 107 }, 0 },
	{ "6.12.107+deb13-armmp", "armhf", "6.12.107+deb13-armmp-armhf", "armhf", "generic", "deb13", "debian", { 6, 12, 107 }, 0 },
	{ "6.12.107+deb13-armmp-lpae", "armhf", "6.12.107+deb13-armmp-lpae-armhf", "armhf", "lpae", "deb13", "debian", { 6, 12, 107 }, 0 },
	{ "6.12.107+deb13-powerpc64le", "ppc64el", "6.12.107+deb13-powerpc64le-ppc64el", "ppc64el", "generic", "deb13", "debian", { 6, 12, 107 }, 0 },
	{ "6.12.107+deb13-arm64-16k", "arm64", "6.12.107+deb13-arm64-16k-arm64", "arm64", "16k", "deb13", "debian", { 6, 12, 107 }, 0 },
	{ "7.2.13+deb14-cloud-amd64", "amd64", "7.2.13+deb14-cloud-amd64", "amd64", "cloud", "deb14", "debian", { 7, 2, 13 }, 0 },
	{ "6.10-rc6-amd64", "amd64", "6.10-rc6-amd64", "amd64", "generic", "rc6", "debian", { 6, 10, 0 }, 0 },
	{ "6.12.107+deb13-loong64", "loong64", "6.12.107+deb13-loong64", "loongarch64", "generic", "deb13", "debian", { 6, 12, 107 }, 0 },
	/* Fedora, RHEL and kin */
	{ "4.18.0-553.el8.x86_64", "amd64", "4.18.0-553.el8.x86_64", "amd64", "generic", "553.el8", "rhel", { 4, 18, 0 }, 0 },
	{ "5.14.0-427.13.1.el9_4.x86_64", "amd64", "5.14.0-427.13.1.el9_4.x86_64", "amd64", "generic", "427.13.1.el9_4", "rhel", { 5, 14, 0 }, 0 },
	{ "5.14.0-427.13.1.el9_4.x86_64+rt", "amd64", "5.14.0-427.13.1.el9_4.x86_64+rt", "amd64", "rt", "427.13.1.el9_4", "rhel", { 5, 14, 0 }, 0 },
	{ "5.14.0-427.el9.aarch64+64k-debug", "arm64", "5.14.0-427.el9.aarch64+64k-debug-arm64", "arm64", "64k-debug", "427.el9", "rhel", { 5, 14, 0 }, 0 },
	{ "6.8.5-301.fc40.x86_64", "amd64", "6.8.5-301.fc40.x86_64", "amd64", "generic", "301.fc40", "fedora", { 6, 8, 5 }, 0 },
	{ "6.8.5-301.fc40.aarch64", "arm64", "6.8.5-301.fc40.aarch64", "arm64", "generic", "301.fc40", "fedora", { 6, 8, 5 }, 0 },
	{ "6.1.90-99.173.amzn2023.x86_64", "amd64", "6.1.90-99.173.amzn2023.x86_64", "amd64", "generic", "99.173.amzn2023", "amazon", { 6, 1, 90 }, 0 },
	/* others */
	{ "6.4.0-150600.21-default", "amd64", "6.4.0-150600.21-default-amd64", "amd64", "default", "150600.21", "suse", { 6, 4, 0 }, 0 },
	{ "6.9.1-arch1-1", "amd64", "6.9.1-arch1-1-amd64", "amd64", "generic", "arch1-1", "arch", { 6, 9, 1 }, 0 },
	{ "6.9.1-zen1-1-zen", "amd64", "6.9.1-zen1-1-zen-amd64", "amd64", "zen", "zen1-1", "arch", { 6, 9, 1 }, 0 },
	{ "6.6.30-1-lts", "amd64", "6.6.30-1-lts-amd64", "amd64", "lts", "1", "", { 6, 6, 30 }, 0 },
	{ "6.6.30-android15-8-gabcdef-ab123", "arm64", "6.6.30-android15-8-gabcdef-ab123-arm64", "arm64", "android", "android15-8-gabcdef-ab123", "android", { 6, 6, 30 }, 0 },
	{ "5.15.153.1-microsoft-standard-WSL2", "amd64", "5.15.153.1-microsoft-standard-WSL2-amd64", "amd64", "microsoft-standard-WSL2", "1", "wsl", { 5, 15, 153 }, 0 },
	{ "6.8.4-2-pve", "amd64", "6.8.4-2-pve-amd64", "amd64", "pve", "2", "proxmox", { 6, 8, 4 }, 0 },
	{ "6.6.31+rpt-rpi-v8", "arm64", "6.6.31+rpt-rpi-v8-arm64", "arm64", "rpi-v8", "rpt", "raspberrypi", { 6, 6, 31 }, 0 },
	{ "6.6.31-0-virt", "amd64", "6.6.31-0-virt-amd64", "amd64", "virt", "0", "alpine", { 6, 6, 31 }, 0 },
	/* more of each */
	{ "4.4.0-21-generic", "amd64", "4.4.0-21-generic-amd64", "amd64", "generic", "21", "ubuntu", { 4, 4, 0 }, 0 },
	{ "4.15.0-213-generic", "amd64", "4.15.0-213-generic-amd64", "amd64", "generic", "213", "ubuntu", { 4, 15, 0 }, 0 },
	{ "5.4.0-1103-gcp", "amd64", "5.4.0-1103-gcp-amd64", "amd64", "gcp", "1103", "ubuntu", { 5, 4, 0 }, 0 },
	{ "5.15.0-1064-azure", "amd64", "5.15.0-1064-azure-amd64", "amd64", "azure", "1064", "ubuntu", { 5, 15, 0 }, 0 },
	{ "5.15.0-107-lowlatency", "amd64", "5.15.0-107-lowlatency-amd64", "amd64", "lowlatency", "107", "ubuntu", { 5, 15, 0 }, 0 },
	{ "6.5.0-1022-oem", "amd64", "6.5.0-1022-oem-amd64", "amd64", "oem", "1022", "ubuntu", { 6, 5, 0 }, 0 },
	{ "6.8.0-1008-raspi", "arm64", "6.8.0-1008-raspi-arm64", "arm64", "raspi", "1008", "ubuntu", { 6, 8, 0 }, 0 },
	{ "6.2.0-1018-oracle", "arm64", "6.2.0-1018-oracle-arm64", "arm64", "oracle", "1018", "ubuntu", { 6, 2, 0 }, 0 },
	{ "5.4.0-1113-kvm", "amd64", "5.4.0-1113-kvm-amd64", "amd64", "kvm", "1113", "ubuntu", { 5, 4, 0 }, 0 },
	{ "6.8.1-1002-realtime", "amd64", "6.8.1-1002-realtime-amd64", "amd64", "realtime", "1002", "ubuntu", { 6, 8, 1 }, 0 },
	{ "6.8.0-1012-nvidia-64k", "arm64", "6.8.0-1012-nvidia-64k-arm64", "arm64", "nvidia-64k", "1012", "ubuntu", { 6, 8, 0 }, 0 },
	{ "5.15.0-1030-xilinx-zynqmp", "arm64", "5.15.0-1030-xilinx-zynqmp-arm64", "arm64", "xilinx-zynqmp", "1030", "ubuntu", { 5, 15, 0 }, 0 },
	{ "6.5.0-1014-nvidia", "amd64", "6.5.0-1014-nvidia-amd64", "amd64", "nvidia", "1014", "ubuntu", { 6, 5, 0 }, 0 },
	{ "6.14.0-15-generic", "amd64", "6.14.0-15-generic-amd64", "amd64", "generic", "15", "ubuntu", { 6, 14, 0 }, 0 },
	{ "4.19.0-27-amd64", "amd64", "4.19.0-27-amd64", "amd64", "generic", "27", "debian", { 4, 19, 0 }, 0 },
	{ "5.10.0-0.deb10.16-amd64", "amd64", "5.10.0-0.deb10.16-amd64", "amd64", "generic", "0.deb10.16", "debian", { 5, 10, 0 }, 0 },
	{ "6.1.0-21-arm64", "arm64", "6.1.0-21-arm64", "arm64", "generic", "21", "debian", { 6, 1, 0 }, 0 },
	{ "6.12.9+bpo-amd64", "amd64", "6.12.9+bpo-amd64", "amd64", "generic", "bpo", "debian", { 6, 12, 9 }, 0 },
	{ "6.11.10+bpo-cloud-amd64", "amd64", "6.11.10+bpo-cloud-amd64", "amd64", "cloud", "bpo", "debian", { 6, 11, 10 }, 0 },
	{ "6.1.0-21-armmp", "armhf", "6.1.0-21-armmp-armhf", "armhf", "generic", "21", "debian", { 6, 1, 0 }, 0 },
	{ "6.1.0-21-armmp-lpae", "armhf", "6.1.0-21-armmp-lpae-armhf", "armhf", "lpae", "21", "debian", { 6, 1, 0 }, 0 },
	{ "6.1.0-21-marvell", "armel", "6.1.0-21-marvell-armel", "armel", "marvell", "21", "debian", { 6, 1, 0 }, 0 },
	{ "6.1.0-21-rt-686-pae", "i386", "6.1.0-21-rt-686-pae-i386", "i386", "rt", "21", "debian", { 6, 1, 0 }, 0 },
	{ "6.1.0-50-686", "i386", "6.1.0-50-686-i386", "i386", "686", "50", "debian", { 6, 1, 0 }, 0 },
	{ "6.1.0-50-686-pae", "i386", "6.1.0-50-686-pae-i386", "i386", "generic", "50", "debian", { 6, 1, 0 }, 0 },
	{ "6.1.0-21-4kc-malta", "mipsel", "6.1.0-21-4kc-malta-mipsel", "mipsel", "4kc-malta", "21", "debian", { 6, 1, 0 }, 0 },
	{ "6.1.0-21-powerpc64le", "ppc64el", "6.1.0-21-powerpc64le-ppc64el", "ppc64el", "generic", "21", "debian", { 6, 1, 0 }, 0 },
	{ "6.1.0-21-s390x", "s390x", "6.1.0-21-s390x", "s390x", "generic", "21", "debian", { 6, 1, 0 }, 0 },
	{ "6.10.11-amd64", "amd64", "6.10.11-amd64", "amd64", "generic", "", "debian", { 6, 10, 11 }, 0 },
	{ "6.12.43+deb13-rt-amd64", "amd64", "6.12.43+deb13-rt-amd64", "amd64", "rt", "deb13", "debian", { 6, 12, 43 }, 0 },
	{ "6.12.43+deb13-powerpc64le-64k", "ppc64el", "6.12.43+deb13-powerpc64le-64k-ppc64el", "ppc64el", "64k", "deb13", "debian", { 6, 12, 43 }, 0 },
	{ "6.12.43+deb13-rt-armmp", "armhf", "6.12.43+deb13-rt-armmp-armhf", "armhf", "rt", "deb13", "debian", { 6, 12, 43 }, 0 },
	{ "3.10.0-1160.118.1.el7.x86_64", "amd64", "3.10.0-1160.118.1.el7.x86_64", "amd64", "generic", "1160.118.1.el7", "rhel", { 3, 10, 0 }, 0 },
	{ "4.18.0-553.5.1.rt7.346.el8_10.x86_64", "amd64", "4.18.0-553.5.1.rt7.346.el8_10.x86_64", "amd64", "rt", "553.5.1.rt7.346.el8_10", "rhel", { 4, 18, 0 }, 0 },
	{ "5.14.0-503.14.1.el9_5.aarch64+64k", "arm64", "5.14.0-503.14.1.el9_5.aarch64+64k", "arm64", "64k", "503.14.1.el9_5", "rhel", { 5, 14, 0 }, 0 },
	{ "5.14.0-427.el9.s390x", "s390x", "5.14.0-427.el9.s390x", "s390x", "generic", "427.el9", "rhel", { 5, 14, 0 }, 0 },
	{ "5.14.0-427.el9.ppc64le", "ppc64el", "5.14.0-427.el9.ppc64le", "ppc64el", "generic", "427.el9", "rhel", { 5, 14, 0 }, 0 },
	{ "6.12.0-55.9.1.el10_0.x86_64", "amd64", "6.12.0-55.9.1.el10_0.x86_64", "amd64", "generic", "55.9.1.el10_0", "rhel", { 6, 12, 0 }, 0 },
	{ "6.11.4-301.fc41.x86_64+debug", "amd64", "6.11.4-301.fc41.x86_64+debug", "amd64", "debug", "301.fc41", "fedora", { 6, 11, 4 }, 0 },
	{ "6.12.0-0.rc3.20241015gteca631b8fe80.32.fc42.x86_64", "amd64", "6.12.0-0.rc3.20241015gteca631b8fe80.32.fc42.x86_64", "amd64", "generic", "0.rc3.20241015gteca631b8fe80.32.fc42", "fedora", { 6, 12, 0 }, 0 },
	{ "5.15.0-207.156.6.el9uek.x86_64", "amd64", "5.15.0-207.156.6.el9uek.x86_64", "amd64", "uek", "207.156.6.el9uek", "oracle", { 5, 15, 0 }, 0 },
	{ "5.4.17-2136.330.7.1.el8uek.aarch64", "arm64", "5.4.17-2136.330.7.1.el8uek.aarch64", "arm64", "uek", "2136.330.7.1.el8uek", "oracle", { 5, 4, 17 }, 0 },
	{ "6.9.7-1.el9.elrepo.x86_64", "amd64", "6.9.7-1.el9.elrepo.x86_64", "amd64", "generic", "1.el9.elrepo", "elrepo", { 6, 9, 7 }, 0 },
	{ "3.10.0-1160.105.1.el7.centos.plus.x86_64", "amd64", "3.10.0-1160.105.1.el7.centos.plus.x86_64", "amd64", "generic", "1160.105.1.el7.centos.plus", "centos", { 3, 10, 0 }, 0 },
	{ "4.14.336-257.562.amzn2.x86_64", "amd64", "4.14.336-257.562.amzn2.x86_64", "amd64", "generic", "257.562.amzn2", "amazon", { 4, 14, 336 }, 0 },
	{ "5.10.217-205.860.amzn2.aarch64", "arm64", "5.10.217-205.860.amzn2.aarch64", "arm64", "generic", "205.860.amzn2", "amazon", { 5, 10, 217 }, 0 },
	{ "6.1.94-99.176.amzn2023.x86_64", "amd64", "6.1.94-99.176.amzn2023.x86_64", "amd64", "generic", "99.176.amzn2023", "amazon", { 6, 1, 94 }, 0 },
	{ "6.6.57.1-2.azl3", "amd64", "6.6.57.1-2.azl3-amd64", "amd64", "generic", "1-2.azl3", "azurelinux", { 6, 6, 57 }, 0 },
	{ "5.15.158.2-1.cm2", "amd64", "5.15.158.2-1.cm2-amd64", "amd64", "generic", "2-1.cm2", "mariner", { 5, 15, 158 }, 0 },
	{ "5.3.18-150300.59.164-default", "amd64", "5.3.18-150300.59.164-default-amd64", "amd64", "default", "150300.59.164", "suse", { 5, 3, 18 }, 0 },
	{ "6.4.0-150600.23.25-azure", "amd64", "6.4.0-150600.23.25-azure-amd64", "amd64", "azure", "150600.23.25", "suse", { 6, 4, 0 }, 0 },
	{ "6.11.3-1-default", "amd64", "6.11.3-1-default-amd64", "amd64", "default", "1", "suse", { 6, 11, 3 }, 0 },
	{ "5.14.21-150500.13.61-rt", "amd64", "5.14.21-150500.13.61-rt-amd64", "amd64", "rt", "150500.13.61", "suse", { 5, 14, 21 }, 0 },
	{ "6.4.0-150600.23.25-64kb", "arm64", "6.4.0-150600.23.25-64kb-arm64", "arm64", "64kb", "150600.23.25", "suse", { 6, 4, 0 }, 0 },
	{ "6.6.52-hardened1-1-hardened", "amd64", "6.6.52-hardened1-1-hardened-amd64", "amd64", "hardened", "hardened1-1", "arch", { 6, 6, 52 }, 0 },
	{ "6.10.10-2-cachyos", "amd64", "6.10.10-2-cachyos-amd64", "amd64", "cachyos", "2", "cachyos", { 6, 10, 10 }, 0 },
	{ "6.1.69-1-MANJARO", "amd64", "6.1.69-1-MANJARO-amd64", "amd64", "MANJARO", "1", "manjaro", { 6, 1, 69 }, 0 },
	{ "6.1.75-android14-11-gd5e6c1c3e5f4-ab11899331", "arm64", "6.1.75-android14-11-gd5e6c1c3e5f4-ab11899331-arm64", "arm64", "android", "android14-11-gd5e6c1c3e5f4-ab11899331", "android", { 6, 1, 75 }, 0 },
	{ "5.10.198-android13-4-00050-g1234567890ab-ab11000000", "arm64", "5.10.198-android13-4-00050-g1234567890ab-ab11000000-arm64", "arm64", "android", "android13-4-00050-g1234567890ab-ab11000000", "android", { 5, 10, 198 }, 0 },
	{ "5.15.148-android14-11-maybe-dirty", "arm64", "5.15.148-android14-11-maybe-dirty-arm64", "arm64", "android", "android14-11-maybe-dirty", "android", { 5, 15, 148 }, 0 },
	{ "6.6.56-android15-8-g0123abcdef-ab12345678-4k", "arm64", "6.6.56-android15-8-g0123abcdef-ab12345678-4k-arm64", "arm64", "android-4k", "android15-8-g0123abcdef-ab12345678", "android", { 6, 6, 56 }, 0 },
	{ "5.4.254-android12-9-00001-gabcdef012345", "arm64", "5.4.254-android12-9-00001-gabcdef012345-arm64", "arm64", "android", "android12-9-00001-gabcdef012345", "android", { 5, 4, 254 }, 0 },
	{ "6.8.12-4-pve", "amd64", "6.8.12-4-pve-amd64", "amd64", "pve", "4", "proxmox", { 6, 8, 12 }, 0 },
	{ "6.6.31+rpt-rpi-2712", "arm64", "6.6.31+rpt-rpi-2712-arm64", "arm64", "rpi-2712", "rpt", "raspberrypi", { 6, 6, 31 }, 0 },
	{ "6.1.21-v8+", "arm64", "6.1.21-v8+-arm64", "arm64", "v8", "", "", { 6, 1, 21 }, 0 },
	{ "5.15.32-v7l+", "armhf", "5.15.32-v7l+-armhf", "armhf", "v7l", "", "", { 5, 15, 32 }, 0 },
	{ "6.6.49-0-lts", "amd64", "6.6.49-0-lts-amd64", "amd64", "lts", "0", "", { 6, 6, 49 }, 0 },
	{ "6.6.52-gentoo", "amd64", "6.6.52-gentoo-amd64", "amd64", "gentoo", "", "gentoo", { 6, 6, 52 }, 0 },
	{ "6.6.52-gentoo-x86_64", "amd64", "6.6.52-gentoo-x86_64", "amd64", "gentoo", "", "gentoo", { 6, 6, 52 }, 0 },
	{ "6.6.52-gentoo-dist", "amd64", "6.6.52-gentoo-dist-amd64", "amd64", "gentoo-dist", "", "gentoo", { 6, 6, 52 }, 0 },
	{ "6.6.54-flatcar", "amd64", "6.6.54-flatcar-amd64", "amd64", "flatcar", "", "flatcar", { 6, 6, 54 }, 0 },
	{ "6.1.100+", "amd64", "6.1.100+-amd64", "amd64", "generic", "", "", { 6, 1, 100 }, 0 },
	{ "6.6.54-talos", "amd64", "6.6.54-talos-amd64", "amd64", "talos", "", "talos", { 6, 6, 54 }, 0 },
	{ "6.6.32-yocto-standard", "arm64", "6.6.32-yocto-standard-arm64", "arm64", "yocto-standard", "", "", { 6, 6, 32 }, 0 },
	{ "6.6.47-amd64-desktop-hwe", "amd64", "6.6.47-amd64-desktop-hwe-amd64", "amd64", "desktop-hwe", "", "deepin", { 6, 6, 47 }, 0 },
	{ "6.6.0-28.0.0.34.oe2403.x86_64", "amd64", "6.6.0-28.0.0.34.oe2403.x86_64", "amd64", "generic", "28.0.0.34.oe2403", "openeuler", { 6, 6, 0 }, 0 },
	{ "5.10.134-16.2.an8.x86_64", "amd64", "5.10.134-16.2.an8.x86_64", "amd64", "generic", "16.2.an8", "anolis", { 5, 10, 134 }, 0 },
	{ "5.10.134-16.3.al8.x86_64", "amd64", "5.10.134-16.3.al8.x86_64", "amd64", "generic", "16.3.al8", "alibaba", { 5, 10, 134 }, 0 },
	{ "5.4.119-19.0009.28", "amd64", "5.4.119-19.0009.28-amd64", "amd64", "generic", "19.0009.28", "", { 5, 4, 119 }, 0 },
	{ "5.4.241-1-tlinux4-0017.7", "amd64", "5.4.241-1-tlinux4-0017.7-amd64", "amd64", "generic", "1-tlinux4-0017.7", "tencent", { 5, 4, 241 }, 0 },
	{ "6.6.52_1", "amd64", "6.6.52_1-amd64", "amd64", "generic", "1", "", { 6, 6, 52 }, 0 },
	{ "6.1.83-2.ph5-esx", "amd64", "6.1.83-2.ph5-esx-amd64", "amd64", "esx", "2.ph5", "photon", { 6, 1, 83 }, 0 },
	{ "5.15.148-20574-g1234abcd", "amd64", "5.15.148-20574-g1234abcd-amd64", "amd64", "generic", "20574-g1234abcd", "", { 5, 15, 148 }, 0 },
	{ "6.6.43-desktop-1.mga9", "amd64", "6.6.43-desktop-1.mga9-amd64", "amd64", "desktop", "1.mga9", "mageia", { 6, 6, 43 }, 0 },
	{ "6.10.8-297.current", "amd64", "6.10.8-297.current-amd64", "amd64", "generic", "297.current", "solus", { 6, 10, 8 }, 0 },
	{ "6.10.9-1468.native", "amd64", "6.10.9-1468.native-amd64", "amd64", "generic", "1468.native", "clearlinux", { 6, 10, 9 }, 0 },
	{ "6.10.10-1-liquorix-amd64", "amd64", "6.10.10-1-liquorix-amd64", "amd64", "liquorix", "1", "liquorix", { 6, 10, 10 }, 0 },
	{ "6.10.10-x64v3-xanmod1", "amd64", "6.10.10-x64v3-xanmod1-amd64", "amd64", "x64v3-xanmod1", "", "xanmod", { 6, 10, 10 }, 0 },
	{ "6.6.48-1.qubes.fc37.x86_64", "amd64", "6.6.48-1.qubes.fc37.x86_64", "amd64", "generic", "1.qubes.fc37", "qubes", { 6, 6, 48 }, 0 },
	{ "4.18.0-553.lve.el8.x86_64", "amd64", "4.18.0-553.lve.el8.x86_64", "amd64", "generic", "553.lve.el8", "cloudlinux", { 4, 18, 0 }, 0 },
	{ "6.9.0-rc1-next-20240328", "amd64", "6.9.0-rc1-next-20240328-amd64", "amd64", "generic", "rc1-next-20240328", "", { 6, 9, 0 }, 0 },
	{ "6.10.0-rc4+", "amd64", "6.10.0-rc4+-amd64", "amd64", "generic", "rc4", "", { 6, 10, 0 }, 0 },
	{ "6.12.117+deb13-cloud-arm64", "arm64", "6.12.117+deb13-cloud-arm64", "arm64", "cloud", "deb13", "debian", { 6, 12, 117 }, 0 },
	{ "7.2.13+deb14-loong64", "loongarch64", "7.2.13+deb14-loong64", "loongarch64", "generic", "deb14", "debian", { 7, 2, 13 }, 0 },
	{ "6.6.87.2-microsoft-standard-WSL2+", "amd64", "6.6.87.2-microsoft-standard-WSL2+-amd64", "amd64", "microsoft-standard-WSL2", "2", "wsl", { 6, 6, 87 }, 0 },
	{ "5.14.0-427.el9.x86_64+rt-debug", "amd64", "5.14.0-427.el9.x86_64+rt-debug-amd64", "amd64", "rt-debug", "427.el9", "rhel", { 5, 14, 0 }, 0 },
	{ "5.10.0-60.18.0.50.oe2203.aarch64", "arm64", "5.10.0-60.18.0.50.oe2203.aarch64", "arm64", "generic", "60.18.0.50.oe2203", "openeuler", { 5, 10, 0 }, 0 },
	/* mainline */
	{ "6.10.0", "amd64", "6.10.0-amd64", "amd64", "generic", "", "", { 6, 10, 0 }, 0 },
	{ "6.10.0+", "amd64", "6.10.0+-amd64", "amd64", "generic", "", "", { 6, 10, 0 }, 0 },
	{ "6.10.0-rc3", "arm64", "6.10.0-rc3-arm64", "arm64", "generic", "rc3", "", { 6, 10, 0 }, 0 },
	{ "6.10.0-rc3-00123-gdeadbeef", "amd64", "6.10.0-rc3-00123-gdeadbeef-amd64", "amd64", "generic", "rc3-00123-gdeadbeef", "", { 6, 10, 0 }, 0 },
	{ "6.10.0-00123-gdeadbeef-dirty", "amd64", "6.10.0-00123-gdeadbeef-dirty-amd64", "amd64", "generic", "00123-gdeadbeef-dirty", "", { 6, 10, 0 }, 0 },
	{ "6.10.0-mytest", "amd64", "6.10.0-mytest-amd64", "amd64", "mytest", "", "", { 6, 10, 0 }, 0 },
	{ "5.4", "amd64", "5.4-amd64", "amd64", "generic", "", "", { 5, 4, 0 }, 0 },
	{ "6.10.0", "", "6.10.0", "", "generic", "", "", { 6, 10, 0 }, 0 },
};
/* clang-format on */

static void test_split(void **state)
{
	struct err err = ERR_INIT;
	struct arena a;

	(void)state;
	arena_init(&a);
	for (size_t i = 0; i < ARRAY_SIZE(table); i++) {
		struct image_info info = { 0 };

		assert_int_equal(
			image_parse_release(&a, table[i].release, table[i].arch, &info, &err), 0);
		assert_string_equal(info.name, table[i].name);
		assert_string_equal(info.arch, table[i].want_arch);
		assert_string_equal(info.flavor, table[i].flavor);
		assert_string_equal(info.revision, table[i].revision);
		assert_string_equal(info.distro, table[i].distro);
		assert_string_equal(info.release, table[i].kept ? table[i].kept : table[i].release);
		assert_memory_equal(info.version, table[i].v, sizeof(info.version));
	}
	arena_done(&a);
}

static void test_no_version(void **state)
{
	static const char *const bad[] = { "",	  "linux",	  "6",	  "v6.1", "6.x", "-6.1",
					   "6-1", "4294967296.1", "amd64" };
	struct arena a;

	(void)state;
	arena_init(&a);
	for (size_t i = 0; i < ARRAY_SIZE(bad); i++) {
		struct image_info info = { .name = "untouched" };
		struct err err = ERR_INIT;

		assert_int_equal(image_parse_release(&a, bad[i], NULL, &info, &err), ERR_FORMAT);
		assert_int_equal(err.code, ERR_FORMAT);
		assert_string_equal(info.name, "untouched");
	}
	arena_done(&a);
}

/* Any bytes: no crash, and nothing invented. */
static void test_noise(void **state)
{
	static const char set[] = "0159.-+_~ragx86_64armdbcel ";
	uint64_t seed = 1;
	struct arena a;

	(void)state;
	arena_init(&a);
	for (int i = 0; i < 200000; i++) {
		struct image_info info = { 0 };
		struct err err = ERR_INIT;
		char text[24];
		size_t n = 0;

		for (; n < sizeof(text) - 1; n++) {
			seed = seed * 6364136223846793005ull + 1442695040888963407ull;
			if ((seed >> 60) == 0)
				break;
			text[n] = n == 1 ? '.' : set[(seed >> 33) % (sizeof(set) - 1)];
		}
		text[n] = '\0';
		if (!image_parse_release(&a, text, i & 1 ? "amd64" : NULL, &info, &err)) {
			assert_non_null(info.revision);
			assert_true(*info.flavor);
			assert_true(strlen(info.revision) <= n && strlen(info.name) <= n + 6);
		}
		if (i % 1000 == 0) {
			arena_done(&a);
			arena_init(&a);
		}
	}
	arena_done(&a);
}

static void test_revision_order(void **state)
{
	static const char *const order[] = { "rc3",	  "rc10",    "",	  "9",
					     "26",	  "31",	     "31.1",	  "107+deb13",
					     "117+deb13", "1009",    "060900rc1", "060900",
					     "060901",	  "arch1-1", "deb12",	  "deb13" };

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(order); i++)
		for (size_t j = 0; j < ARRAY_SIZE(order); j++) {
			int c = image_compare_revision(order[i], order[j]);

			assert_int_equal((c > 0) - (c < 0), (i > j) - (i < j));
		}
	assert_int_equal(image_compare_revision("007", "7"), 0);
}

static void test_image_order(void **state)
{
	static const char *const order[] = {
		"4.4.0-21-generic-amd64",
		"4.10.0-19-generic-amd64",
		"5.4.0-1009-aws-amd64",
		"5.4.0-1010-azure-amd64",
		"5.4.0-1009-gcp-amd64",
		"5.4.0-9-generic-amd64",
		"5.4.0-26-generic-amd64",
		"5.4.0-26-generic-arm64",
		"5.4.0-24-generic-riscv64",
		"5.4.0-26-lowlatency-amd64",
		"5.4.1-26-generic-amd64",
		"6.10.0-rc3-amd64",
		"6.10.0-amd64",
	};
	struct image_info info[ARRAY_SIZE(order)] = { 0 };
	struct err err = ERR_INIT;
	struct arena a;

	(void)state;
	arena_init(&a);
	for (size_t i = 0; i < ARRAY_SIZE(order); i++)
		assert_int_equal(image_parse_release(&a, order[i], NULL, &info[i], &err), 0);
	for (size_t i = 0; i < ARRAY_SIZE(order); i++)
		for (size_t j = 0; j < ARRAY_SIZE(order); j++) {
			int c = image_compare(&info[i], &info[j]);

			assert_int_equal((c > 0) - (c < 0), (i > j) - (i < j));
		}
	arena_done(&a);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_split),	    cmocka_unit_test(test_no_version),
		cmocka_unit_test(test_noise),	    cmocka_unit_test(test_revision_order),
		cmocka_unit_test(test_image_order),
	};

	return cmocka_run_group_tests_name("release", tests, NULL, NULL);
}
