# fig_audit.sh: the audit log, on the disk that build/ is on.
fig_audit() {
	A=$("$B/bench_audit" "$W") || { missed "no audit log"; return; }
	figure audit_rate "$(of synced_rate "$A")"
	figure audit_batch_rate "$(of batch_rate "$A")"
	figure audit_cpu "$(of batch_cpu_us "$A")"
	figure audit_disk "$(of octets "$A")"
}
