# shellcheck shell=bash
# Sourced by the scripts that start programs: finds free ports, waits for conditions, ends programs. A
# script that sources this file has `cd`ed to the root of the repository.

pids=()

# Prints N different ports of 127.0.0.1 that are free now, one per line.
free_ports() {
    local count=$1 low high port
    local -A taken=()
    read -r low high </proc/sys/net/ipv4/ip_local_port_range
    while ((${#taken[@]} < count)); do
        # Below the range of ports for outgoing connections.
        port=$((20000 + (RANDOM * 32768 + RANDOM) % ((low > 21000 ? low : high) - 20000)))
        [[ -z ${taken[$port]:-} ]] || continue
        if is_free "$port"; then
            taken[$port]=1
            echo "$port"
        fi
    done
}

# True if nothing listens on the port.
is_free() { ! (exec 3<>"/dev/tcp/127.0.0.1/$1") 2>/dev/null; }

# wait_until SECONDS COMMAND...: runs the command every 50 ms until it succeeds; fails if it never does.
wait_until() {
    local end=$((SECONDS + $1))
    shift
    until "$@" >/dev/null 2>&1; do
        ((SECONDS < end)) || return 1
        sleep 0.05
    done
}

answers() { curl -fsS -m 2 -o /dev/null "$1"; }
has_ended() { ! kill -0 "$1" 2>/dev/null; }

# end PID...: SIGTERM, after 10 s SIGKILL.
end() {
    local pid
    kill -TERM "$@" 2>/dev/null || true
    for pid in "$@"; do
        wait_until 10 has_ended "$pid" || kill -KILL "$pid" 2>/dev/null || true
        wait "$pid" 2>/dev/null || true
    done
}

end_all() {
    ((${#pids[@]} == 0)) || end "${pids[@]}"
    pids=()
}
