# fig_x1.sh: X1 with 100,000 tasks held, on the disk that build/ is on.
fig_x1() {
	A=$("$B/bench_x1" "$W" "$W/mdf.example.crt" "$W/mdf.example.key" "$W/ca.crt" "${TASKS:-100000}") || { missed "no X1"; return; }
	figure x1_activate_rate "$(of single_rate "$A")"
	figure x1_activate_cpu "$(of single_cpu_us "$A")"
	figure x1_container_rate "$(of container_rate "$A")"
	figure x1_details "$(of details_s "$A")"
}
