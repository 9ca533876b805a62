#!/bin/sh
# make fault: mdfd and lemfd under faults, RUNS times, each fault in turn, JOBS at once. RUNS (200), SEED (1), ONLY (names of faults), JOBS (2).
# Run i has the seed SEED + i and is repeated by  make fault ONLY=its-fault RUNS=1 SEED=its-seed.
#
# What is fed goes on whatever dies (feed_main.c); what lies at the agency at the end is judged by check_main.c, which trusts neither
# mdfd nor lemfd. Always demanded: nothing that was not sent, nothing of anybody who is not named in a warrant, no packet under
# two numbers, no number with two contents, numbers in order; a number that is missing was announced as not issued, to the agency
# and in the audit log alike; the audit log verifies; mdfd ends with status 0 once it is let; of its last life, which nobody
# cuts short, every packet is there, of sessions that began before, too, where signalling is not repeated (half
# of the kills). Beyond that, by fault (faults.sh has them):
#
#	fault		what is done						may be missing
#	kill		kill -9 of mdfd, one to three times, FIFO		what was in memory: announced; what mdfd had not read
#	kill-live	the same on a veth pair, with N2 and AMF records	the same; and what came while it was away
#	kill-twice	kill -9 while the next mdfd starts			as kill
#	kill-lemfd	kill -9 of lemfd					nothing, and nothing is announced
#	kill-both	kill -9 of both						as kill
#	reset		connections are reset, in the middle of PDUs too	nothing
#	hole		what TCP acknowledged is gone, then a reset		nothing
#	stall		the agency reads nothing for longer than TIME5		nothing: a FIFO waits
#	stall-live	the same on a veth pair, with a small queue		what mdfd counted as dropped, and each context's as audited, exactly
#	stop-lemfd	SIGSTOP of lemfd, then SIGCONT				nothing
#	spill-kill	no agency, the queue spills, kill -9; agency back	as kill
#	spill-full	the spool's disk is full				nothing: a FIFO waits
#	state-full	the disk of state_dir is full, then it is not		sessions that could not be audited, until it is not; from then on nothing
#	lemfd-full	the agency's disk is full, then it is not		nothing: what is not on disk is not acknowledged
#	clock		mdfd's clock is set back by up to an hour, and forth	nothing
#	clock-live	the same, the stamps of packets with it			nothing
#	slow-disk	each sync takes 50 to 250 ms longer			nothing
#	slow-kill	the same, and kill -9					as kill
#	power		power cut of the disk of state_dir, mdfd dies with it	as kill; and contexts of the last moment may lack their word
#	power-live	the same on a veth pair					as power
#	power-spill	the same with a backlog in the spool			as power
#	power-lemfd	power cut of the agency's disk				nothing: what was acknowledged is on the disk
#	full-kill	the spool's disk is full, kill -9			as kill
#	storm		ten of these at random, one upon the other		as kill
#	burst		500,000 records of content, then silence		nothing; the last one is there within a second (of a
#							busy machine: of three times once)
#
# A counter or an alarm of an mdfd that was killed is gone with it, so none of those is demanded.
. test/lib.sh
: "${B:?}" "${RUNS:=200}" "${SEED:=1}" "${JOBS:=2}"
name=fault

if [ "${1:-}" = '' ]; then
	command -v jq >/dev/null || { skip $name "no jq"; exit 0; }
	# a namespace of its own for veth pairs and mounts, where there can be one
	unshare -n -m true 2>/dev/null && exec unshare -n -m sh "$0" inside
	exec sh "$0" outside
fi
. test/fault/faults.sh

all="kill burst kill-live reset power stall kill-lemfd spill-kill clock slow-disk kill-both hole spill-full stall-live stop-lemfd
	state-full lemfd-full clock-live kill-twice slow-kill power-spill power-lemfd full-kill storm power-live"
if [ "$1" != worker ]; then
	lib_begin $name
	for f in ${ONLY:-}; do
		case " $(echo $all) " in *" $f "*) ;; *) fail $name "ONLY: there is no fault $f"; exit 1 ;; esac
	done
	faults_can
	echo "seed $SEED, $RUNS runs"
	# the clock of certificates is two days behind, so that a clock may be set back
	"$B/fault_do" shim "$W/behind" -172800000000 0
	(
		export LD_PRELOAD="$PRELOAD" FAULT_SHIM="$W/behind"
		lib_certs mdf.example lemf.example
	) || { fail $name "no certificates"; exit 1; }
	j=0
	while [ $j -lt "$JOBS" ]; do
		RUNS=$RUNS SEED=$SEED JOBS=$JOBS TOP=$W sh "$0" worker $j >"$W/out.$j" 2>"$W/err.$j" &
		PIDS="$PIDS $!"
		j=$((j + 1))
	done
	for p in $PIDS; do wait "$p"; done
	PIDS=
	cat "$W"/out.*
	cat "$W"/err.* >&2
	# a table of what was survived
	cat "$W"/*/result 2>/dev/null | awk -v all="$(echo ${ONLY:-$all})" '
		{ n[$1]++; good[$1] += $2; r[$1] += $3; d[$1] += $4; i[$1] += $5; x[$1] += $6; if ($7 + 0 > t[$1] + 0) t[$1] = $7 }
		END {
			printf "%-12s %5s %9s %10s %9s %11s %10s %14s\n", "fault", "runs", "survived", "records", "dropped", "not issued", "duplicates", "slowest last"
			m = split(all, f, " ")
			for (k = 1; k <= m; k++) {
				a = f[k]
				if (!n[a]) { printf "%-12s     -\n", a; continue }
				printf "%-12s %5d %9d %10d %9d %11d %10d %12.3f s\n", a, n[a], good[a], r[a], d[a], i[a], x[a], t[a] / 1e6
				N += n[a]; G += good[a]; R += r[a]; D += d[a]; I += i[a]; X += x[a]
			}
			printf "%-12s %5d %9d %10d %9d %11d %10d\n", "all", N, G, R, D, I, X
		}'
	exit 0
fi

# -- a worker: every JOBSth run
J=$2
T=$TOP
lib_begin $name "$T/w$J"
LINK=
if [ "$(id -u)" = 0 ] && unshare -n true 2>/dev/null; then
	lib_veth "l$J" "r$J" && LINK=yes
	ip link set lo up
fi
set -- ${ONLY:-$all}
faults=$#
first=$SEED run=$J
while [ "$run" -lt "$RUNS" ]; do
	eval "fault=\${$((run % faults + 1))}"
	fault_run "$fault" $((first + run))
	run=$((run + JOBS))
done
