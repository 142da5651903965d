# Counts the tests in the output of ctest --verbose: each test of a cmocka program, and each other entry, by itself.
# Prints "passed failed skipped", then a line for each skip with its reason.

function finish(entry, verdict) {
    if (entry in run) {
        bad = run[entry] - ok[entry] - skip[entry]
        passed += ok[entry]; skipped += skip[entry]
        if (verdict == "failed" && bad == 0) bad = 1 # after its tests: a leak
        failed += bad
        if (bad > 0) reasons = reasons "FAILED " name[entry] "\n"
    } else if (verdict == "skipped") { skipped++; reasons = reasons "skipped " name[entry] ": " last[entry] "\n" }
    else if (verdict == "failed") { failed++; reasons = reasons "FAILED " name[entry] "\n" }
    else passed++
}

/^ *[0-9]+\/[0-9]+ Test +#[0-9]+: / {
    entry = $0; sub(/^.*#/, "", entry); sub(/:.*/, "", entry)
    name[entry] = $4 ~ /:$/ ? $5 : $4
    verdict = /\*\*\*Skipped/ ? "skipped" : / Passed / ? "passed" : "failed"
    finish(entry, verdict)
    next
}
/^[0-9]+: / {
    entry = $1; sub(/:/, "", entry)
    text = $0; sub(/^[0-9]+: ?/, "", text)
    if (text ~ /^\[ RUN      \]/) run[entry]++
    else if (text ~ /\[       OK \] [a-z]/) ok[entry]++ # perhaps behind what another process printed
    else if (text ~ /^\[  SKIPPED \] [a-z_0-9A-Z]+$/ && !summary[entry]) {
        skip[entry]++
        reasons = reasons "skipped " $NF ": " last[entry] "\n"
    } else if (text ~ /^\[==========\] Running/) summary[entry] = 0 # some programs run their tests twice
    else if (text ~ /^\[==========\] .*run/) summary[entry] = 1
    else if (text != "") last[entry] = text
}
END { printf "%d %d %d\n%s", passed, failed, skipped, reasons }
