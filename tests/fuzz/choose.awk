# Chooses inputs from the notes of a merge of libFuzzer: `awk -v max=100 -f choose.awk NOTES` prints
# the names of up to so many, each of which reaches most of what those before it do not.
#
# Notes are the number of inputs, a number that is not used here, a name a line, and then lines
# `FT INPUT WHAT...` with what each input reached.
NR == 1 { inputs = $1; next }
NR == 2 { next }
NR <= inputs + 2 { name[NR - 3] = $0; next }
$1 == "FT" { reached[$2] = $0; gain[$2] = NF - 2 }
END {
    while (kept < max) {
        best = -1
        for (input in gain)
            if (best < 0 || gain[input] > gain[best] || gain[input] == gain[best] && input < best)
                best = input
        if (best < 0 || gain[best] == 0) break
        # What was chosen since may have left less to gain: then others may be better by now.
        count = split(reached[best], words, " ")
        left = 0
        for (i = 3; i <= count; i++) if (!(words[i] in seen)) left++
        if (left < gain[best]) { gain[best] = left; continue }
        for (i = 3; i <= count; i++) seen[words[i]]
        print name[best]
        delete gain[best]
        kept++
    }
}
