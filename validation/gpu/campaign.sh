#!/usr/bin/env bash
# Trains TinyLlama-1.1B, and a few other jobs, on ND4J CUDA in many ways and writes a measured record of each run.
#
#   campaign.sh OUT.jsonl [ID-PATTERN]     runs those whose id matches (a bash pattern), and are not in OUT.jsonl yet
#
#   MEASURE   the command that measures; 'headroom measure' of this checkout unless set
#   LIMIT     seconds after which no further run begins; none unless set
#
# An A100 (or any card of compute capability 3.7 to 8.6 with 80 GB) needs nothing else: the published artifacts of ND4J
# have code for it. Hopper and newer cards need hopper.sh.
set -u
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
out=$1
pattern=${2:-*}
read -ra measure <<< "${MEASURE:-$here/../../headroom measure}"
began=$SECONDS
touch "$out"

run() {
    local id=$1
    shift
    # shellcheck disable=SC2053  # a pattern is meant
    [[ $id == $pattern ]] || return 0
    grep -q "\"id\":\"$id\"" "$out" && return 0
    if [ $((SECONDS - began)) -ge "${LIMIT:-100000}" ]; then
        echo "$id: no time left"
        return 0
    fi
    local start=$SECONDS
    [[ " $* " == *" --model "* ]] || set -- --model tinyllama-1.1b "$@"
    timeout -k 5 "${RUN_LIMIT:-300}" "${measure[@]}" --backend cuda --id "$id" -o "$out" "$@" \
        > "/tmp/$id.log" 2>&1
    local code=$?
    echo "$id: exit $code after $((SECONDS - start)) s; $(grep -aE '^loss|out of memory' "/tmp/$id.log" | tr '\n' ' ')"
    [ "$code" -eq 0 ] || tail -n 12 "/tmp/$id.log" | cut -c1-300
}

lora="--method lora"
for seq in 512 2048 1024 1536; do
    run "nd4j-lora64-s$seq" $lora --rank 64 --seq "$seq"
    run "nd4j-full-s$seq" --method full --seq "$seq"
done
run nd4j-lora8-s512 $lora --rank 8 --seq 512
run nd4j-lora64-s512-skip $lora --rank 64 --seq 512 --loop skips-frozen-gradients
run nd4j-default-l6-s512 $lora --rank 64 --seq 512 --layers 6 --loop nd4j-defaults
run nd4j-lora64-s512-b2 $lora --rank 64 --seq 512 --batch 2
run nd4j-full-s512-b2 --method full --seq 512 --batch 2
run nd4j-lora64-s4096 $lora --rank 64 --seq 4096
run nd4j-full-s4096 --method full --seq 4096
run nd4j-lora64-s512-dropout $lora --rank 64 --seq 512 --dropout 0.1
run nd4j-lora64-s512-attention $lora --rank 64 --seq 512 --targets attention
run nd4j-full-s512-sgd --method full --seq 512 --optimizer sgd
run nd4j-lora64-s512-fp16 $lora --rank 64 --seq 512 --weights fp16 --layers 4
run nd4j-lora64-s128-bf16 $lora --rank 64 --seq 128 --weights bf16 --layers 1
run nd4j-lora8-s1024 $lora --rank 8 --seq 1024
run nd4j-lora64-s2048-skip $lora --rank 64 --seq 2048 --loop skips-frozen-gradients
run nd4j-default-l6-s256 $lora --rank 64 --seq 256 --layers 6 --loop nd4j-defaults
run nd4j-default-l6-s1024 $lora --rank 64 --seq 1024 --layers 6 --loop nd4j-defaults
run nd4j-lora64-s1024-b2 $lora --rank 64 --seq 1024 --batch 2
run nd4j-full-s1024-b2 --method full --seq 1024 --batch 2
run nd4j-lora64-s512-limit $lora --rank 64 --seq 512 --device-limit 10000000000

# Jobs that no rule was learnt from.
run nd4j-unseen-qwen-full --model qwen2.5-0.5b --method full --seq 700
run nd4j-unseen-qwen-lora --model qwen2.5-0.5b --method lora --rank 16 --seq 300 --batch 3 --targets mlp
run nd4j-unseen-qwen-skip --model qwen2.5-0.5b --method lora --rank 24 --seq 999 --loop skips-frozen-gradients
run nd4j-unseen-tiny-odd --method lora --rank 24 --seq 777 --batch 3 --layers 5 --dropout 0.05 --optimizer rmsprop
run nd4j-unseen-tiny-adagrad --method full --seq 333 --batch 2 --layers 9 --optimizer adagrad
run nd4j-unseen-tiny-momentum --method full --seq 1300 --layers 3 --optimizer sgd-momentum
run nd4j-unseen-default --method lora --rank 12 --seq 444 --layers 4 --loop nd4j-defaults
run nd4j-unseen-limit --method full --seq 512 --layers 6 --device-limit 7000000000
