# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
# make install and uninstall, below DESTDIR.
. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"
unset MAKELEVEL
if [ "$(make -s BUILD="$BUILD" flags)" != "$(cat "$BUILD/flags")" ]; then
	skip "make install" "$BUILD was built with other flags than this make would use"
	finish
fi
exits "make install" 0 make -s BUILD="$BUILD" DESTDIR="$tmp/root" PREFIX=/usr install
for f in usr/bin/ksurf usr/share/man/man1/ksurf.1 usr/share/bash-completion/completions/ksurf; do
	[ -s "$tmp/root/$f" ] && ok "$f" || not_ok "$f"
done
check "the installed program runs" "$tmp/root/usr/bin/ksurf" --version
exits "make uninstall" 0 make -s BUILD="$BUILD" DESTDIR="$tmp/root" PREFIX=/usr uninstall
equal "nothing is left" "" "$(find "$tmp/root" -type f)"
run make -s help
grep -q 'make check ' "$tmp/out" && ok "make help" || not_ok "make help" "$(cat "$tmp/out")"
finish
