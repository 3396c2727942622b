# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
# scripts/slurm-index on a cluster of one node, which this script starts in a folder of its own: own key, sockets, ports and
# configuration, as the current user. What the jobs index and the last one merges is what one `ksurf add` makes.
. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"
PATH=$PATH:/usr/sbin:/sbin
need sbatch slurmctld slurmd munged python3
fix=$BUILD/fixtures
tests/fixtures/build.sh "$fix"

# A port that nobody listens on now.
ports() { # N
	python3 -c 'import socket, sys
s = [socket.socket() for _ in range(int(sys.argv[1]))]
for x in s: x.bind(("127.0.0.1", 0))
print(*(x.getsockname()[1] for x in s))' "$1"
}
cluster=$tmp/cluster
down() {
	local f
	for f in slurmd slurmctld munged; do
		[ ! -s "$cluster/$f.pid" ] || kill "$(cat "$cluster/$f.pid")" 2>/dev/null
	done
	for f in slurmd slurmctld munged; do
		for _ in $(seq 50); do
			[ -s "$cluster/$f.pid" ] && kill -0 "$(cat "$cluster/$f.pid")" 2>/dev/null || break
			sleep 0.1
		done
	done
}
up() {
	local name port_ctld port_d
	mkdir -p "$cluster/state" "$cluster/spool" && chmod 700 "$cluster" || return
	name=$(hostname -s) || return
	read -r port_ctld port_d < <(ports 2)
	head -c 1024 /dev/urandom >"$cluster/key" && chmod 600 "$cluster/key"
	cat >"$cluster/slurm.conf" <<-CONF
		ClusterName=ksurf
		SlurmctldHost=$name(127.0.0.1)
		SlurmUser=$(id -un)
		SlurmdUser=$(id -un)
		SlurmctldPort=$port_ctld
		SlurmdPort=$port_d
		AuthType=auth/munge
		AuthInfo=socket=$cluster/munge.socket
		CredType=cred/munge
		StateSaveLocation=$cluster/state
		SlurmdSpoolDir=$cluster/spool
		SlurmctldPidFile=$cluster/slurmctld.pid
		SlurmdPidFile=$cluster/slurmd.pid
		SlurmctldLogFile=$cluster/slurmctld.log
		SlurmdLogFile=$cluster/slurmd.log
		ProctrackType=proctrack/linuxproc
		TaskPlugin=task/none
		JobAcctGatherType=jobacct_gather/none
		AccountingStorageType=accounting_storage/none
		SelectType=select/cons_tres
		SelectTypeParameters=CR_Core
		MpiDefault=none
		ReturnToService=2
		SchedulerParameters=sched_interval=1,bf_interval=1
		NodeName=n1 NodeHostname=$name NodeAddr=127.0.0.1 Port=$port_d CPUs=$(nproc) State=UNKNOWN
		PartitionName=all Nodes=ALL Default=YES MaxTime=INFINITE State=UP
	CONF
	export SLURM_CONF=$cluster/slurm.conf
	munged --force --key-file="$cluster/key" --socket="$cluster/munge.socket" --pid-file="$cluster/munged.pid" \
		--log-file="$cluster/munged.log" --seed-file="$cluster/seed" || return
	slurmctld && slurmd -N n1 || return
	for _ in $(seq 100); do
		[ "$(sinfo -h -o %T 2>/dev/null)" = idle ] && return
		sleep 0.1
	done
	return 1
}
trap 'down; chmod -R u+rwX "$tmp" 2>/dev/null; rm -rf "$tmp"' EXIT
if ! up >"$tmp/up" 2>&1; then
	skip "slurm" "no cluster can be started here: $(cat "$tmp/up" "$cluster"/*.log 2>/dev/null | grep -iE 'error|fatal|refus|denied' | head -n 1)"
	finish
fi

# ended ID: waits until a job is over, and sets `state` to what became of it.
ended() {
	for _ in $(seq 600); do
		state=$(scontrol -o show job "$1" 2>/dev/null | grep -o 'JobState=[A-Z_]*' | sort -u | tr '\n' ' ')
		case $state in
		*PENDING* | *RUNNING* | *COMPLETING* | *CONFIGURING*) sleep 0.1 ;;
		*) return ;;
		esac
	done
}
indexes() { # NAME STORE PATH...: runs the jobs, sets `state`
	local name=$1 array last
	shift
	run env KSURF="$ksurf" scripts/slurm-index "$@"
	read -r array last <"$tmp/out"
	equal "$name: two jobs are queued" 0 "$code"
	ended "${last:-0}"
}
"$BUILD/tests/gen_dwarf" "$tmp/gen.vmlinux" v5
kernels=("$fix/gcc-5.vmlinux" "$fix/gcc-5-m32.vmlinux" "$fix/clang-5-arm64.vmlinux" "$tmp/gen.vmlinux")
exits "one add of all" 0 "$ksurf" --db "$tmp/one.db" add "${kernels[@]}"
"$ksurf" --db "$tmp/one.db" export "$tmp/one" >/dev/null 2>&1

indexes "an array and a merge" "$tmp/farm.db" "${kernels[@]}"
equal "an array and a merge: completed" "JobState=COMPLETED " "$state"
note "$(cat "$tmp/farm.db.parts/merge.log" 2>&1)"
"$ksurf" --db "$tmp/farm.db" export "$tmp/farm" >/dev/null 2>&1
equal "an array: a store for each job" "${#kernels[@]}" "$(find "$tmp/farm.db.parts" -name '*.db' | wc -l)"
check "the farm's store is the one of a single add" diff -r "$tmp/one" "$tmp/farm"

# One that fails: the others are merged all the same, and the last job says so.
echo nothing >"$tmp/nothing"
indexes "with a failure" "$tmp/part.db" "$tmp/nothing" "${kernels[@]}"
equal "with a failure: the last job fails, too" "JobState=FAILED " "$state"
"$ksurf" --db "$tmp/part.db" export "$tmp/part" >/dev/null 2>&1
check "with a failure: the others are merged" diff -r "$tmp/one" "$tmp/part"
if grep -q 'job 1: ' "$tmp/part.db.parts/merge.log"; then ok "with a failure: it says which"; else
	not_ok "with a failure: it says which" "$(cat "$tmp/part.db.parts/merge.log")"
fi
# The paths as a list on stdin, options for add, and the program from $PATH.
printf '%s\n' "${kernels[@]}" >"$tmp/list"
PATH=$BUILD:$PATH KSURF=ksurf scripts/slurm-index -a '--stats --types dwarf' "$tmp/listed.db" <"$tmp/list" >"$tmp/out" 2>"$tmp/err"
read -r _ last <"$tmp/out"
ended "${last:-0}"
equal "a list on stdin: completed" "JobState=COMPLETED " "$state"
equal "options reach add" "${#kernels[@]}" "$(grep -l 'types as BTF' "$tmp/listed.db.parts"/[0-9]*.log | wc -l)"
"$ksurf" --db "$tmp/listed.db" export "$tmp/listed" >/dev/null 2>&1
check "a list on stdin: the same store" diff -r "$tmp/one" "$tmp/listed"
run scripts/slurm-index
equal "no store is misuse" 2 "$code"
run scripts/slurm-index "$tmp/empty.db"
equal "nothing to index is misuse" 2 "$code"
finish
