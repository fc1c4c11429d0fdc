#!/usr/bin/env python3
"""record.py FILE… : measured records (data/measured schema) from trace headers (*.trace.gz) or harness result lines (*.jsonl)."""
import sys, os, json, gzip, re
M={"last4":"last-4-layers","head_only":"lm-head-only","frozen_embed":"full-frozen-embeddings","prompt":"prompt-tuning","prefix":"prefix-tuning","ptuning":"p-tuning","lntuning":"ln-tuning"}
LORA_NAMES={"lora_embed":["q_proj","v_proj","embed_tokens"],"lora_embed_all":["q_proj","k_proj","v_proj","o_proj","gate_proj","up_proj","down_proj","embed_tokens"],"lora_head":["q_proj","k_proj","v_proj","o_proj","gate_proj","up_proj","down_proj","lm_head"],"lora_ranks":["q_proj","k_proj","v_proj","o_proj","gate_proj","up_proj","down_proj"]}
T={"all":"all-linear","qv":"attention-qv","qkvo":"attention","mlp":"mlp"}
P={"fp32":("float32",None),"bf16":("bfloat16",None),"fp16":("float16",None),"amp_bf16":("float32","bfloat16"),"amp_fp16":("float32","float16"),"bf16_amp":("bfloat16","bfloat16")}
O={"adamw_fused":"adamw-fused","adamw_loop":"adamw-for-loop","sgd_momentum":"sgd-momentum"}
S={"start":"startBytes","fwd_end":"forwardEndBytes","fwd_peak":"forwardPeakBytes","bwd_end":"backwardEndBytes","bwd_peak":"backwardPeakBytes","fwd_end_last":"lastMicroForwardEndBytes","fwd_peak_last":"lastMicroForwardPeakBytes","bwd_end_last":"lastMicroBackwardEndBytes","bwd_peak_last":"lastMicroBackwardPeakBytes","clip_peak":"clipPeakBytes","opt_end":"optimizerEndBytes","opt_peak":"optimizerPeakBytes","zero_end":"zeroGradEndBytes"}
LORA_ENDS={"gpt2-medium":["c_attn","wte","lm_head"],"pythia-1b":["query_key_value","embed_in","lm_head"]}
def record(c):
    m=M.get(c["method"],c["method"]); me={"name":m}
    if m in("lora","dora","rslora"): me.update(rank=c["r"],targets=T[c["targets"]],dropout=c["dropout"])
    elif m=="lora_ends": me={"name":"lora","rank":c["r"],"targets":LORA_ENDS.get(c["model"],["q_proj","v_proj","embed_tokens","lm_head"]),"dropout":c["dropout"]}
    elif m in LORA_NAMES:
        me={"name":"lora","rank":c["r"],"targets":LORA_NAMES[m],"dropout":c["dropout"]}
        if m=="lora_ranks": me["rankPattern"]={"down_proj":4,"layers.1.self_attn.q_proj":64}
    elif m in("loha","lokr","hira","miss","hra"): me.update(rank=c["r"],targets=T[c["targets"]])
    elif m=="boft": me.update(blockSize=c.get("block",8),targets="attention-qv")
    elif m in("adalora","oft"): me.update(targets=T[c["targets"]])
    elif m in("prompt-tuning","prefix-tuning"): me.update(virtualTokens=20)
    elif m=="p-tuning": me.update(virtualTokens=20,encoderHiddenSize=128)
    w,a=P[c["precision"]]
    made=os.path.exists(os.path.join(os.path.dirname(os.path.abspath(__file__)),"..","models",c["model"]+".json"))
    job={"model":"models/%s.json"%c["model"] if made else c["model"],"method":me,"microBatch":c["batch"],"sequenceLength":c["seq"],"weightDtype":w,"autocastDtype":a,"attention":c["attn"],
     "checkpointing":"none" if not c["ckpt"] else "reentrant" if str(c["ckpt"]).startswith("reentrant") else "non-reentrant","optimizer":O.get(c["optim"],c["optim"]),"maxGradNorm":c["clip"] or None,
     "gradientAccumulation":c["accum"],"trainingLoop":"transformers-trainer" if c["mode"]=="trainer" else "holds-outputs" if c.get("keep_out",True) else "frees-outputs",
     "paddedBatch":c["pad"],"useCache":c["use_cache"],"expandableSegments":c.get("expandable",False)}
    if c["optim"].startswith(("galore","apollo")):
        kind,*more=c["optim"].split(":"); job["optimizer"]=kind+"-adamw"; job["optimizerRank"]=int(dict(x.split("=") for x in more).get("rank",128))
    if c["ckpt"] in ("every2","offload2"): job["checkpointEvery"]=2
    if "offload" in str(c["ckpt"]): job["checkpointOffload"]=True
    if c.get("chunked"): job["lossKernel"]="chunked"
    if c.get("tiles"): job["mlpTiles"]=c["tiles"]
    if c.get("layers"): job["layersOverride"]=c["layers"]
    alloc=dict(x.split(":") for x in c["alloc"].split(",")) if c.get("alloc") else {}
    if "max_split_size_mb" in alloc: job["maxSplitSizeMiB"]=int(alloc["max_split_size_mb"])
    if "garbage_collection_threshold" in alloc: job["garbageCollectionThreshold"]=float(alloc["garbage_collection_threshold"])
    if c.get("fraction"): job["memoryFraction"]=c["fraction"]
    g=(c.get("gpu") or "NVIDIA H100 80GB HBM3, 81559, 580.159.04").split(", ")
    r={"id":c["id"],"job":job,"stack":{"torch":c.get("torch","2.11.0+cu130"),"transformers":c.get("transformers","5.17.0"),"peft":c.get("peft","0.21.0"),"cuda":"13.0"},
       "gpu":{"name":g[0],"memoryMiB":int(g[1]),"driver":g[2]},"outOfMemory":bool(c.get("oom"))}
    if c.get("oom"): return r
    r.update(parametersBase=c["params_base"],parametersTotal=c["params_total"],parametersTrainable=c["params_trainable"],parametersByDtype=c["dtypes"],afterLoadBytes=c["after_load"],
      reservedAfterLoadBytes=c["reserved_after_load"],segmentsAtEnd=c["segments"],peakAllocatedBytes=c.get("trainer_peak_allocated",c["peak_allocated"]),peakReservedBytes=c.get("trainer_peak_reserved",c["peak_reserved"]))
    if isinstance(c.get("context_smi"),int) and "garbage_collection_threshold" not in alloc: r.update(contextBytes=c["context_smi"],processBytes=c["smi_used"])
    r["allocRetries"]=c.get("alloc_retries",0)
    if c.get("steps"): r["steps"]=[{S[k]:v for k,v in s.items() if k in S} for s in c["steps"]]
    return r
for f in sys.argv[1:]:
    lines=[gzip.open(f,"rt").readline()[2:]] if f.endswith(".gz") else open(f)
    for l in lines:
        c=json.loads(l)
        if c.get("error") and not c.get("oom"): print("skipped",c["id"],c["error"][:100],file=sys.stderr); continue
        print(json.dumps(record(c)))
