"""trace.py jobs.json OUTDIR [--models extra_models.py]: runs each job of measure.py's list format with allocator history; writes OUTDIR/ID.trace.gz.
One line an event: '+'|'-' size tensor-number [where]; '== label' lines are measure.py's marks; 'S+'/'S-' are segments (size, address)."""
import sys, os, json, time, gzip, bisect, multiprocessing as mp, traceback
sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import torch, measure, models
KEEP = ("site-packages/transformers", "site-packages/peft", "torch/optim", "torch/nn/", "torch/utils/checkpoint", "measure.py", "torch/amp", "dist-packages/transformers", "dist-packages/peft", "torch/autograd", "torch/_tensor", "bitsandbytes", "accelerate")
def where(frames):
    py, cpp = [], []
    for f in frames:
        fn, n = f.get("filename", ""), f.get("name", "")
        if fn.endswith(".py"):
            if "module.py" in fn or "_call_impl" in n or "_contextlib" in fn: continue
            if any(k in fn for k in KEEP): py.append("%s:%d:%s" % ("/".join(fn.split("/")[-2:]), f["line"], n))
        elif "Backward" in n and "apply" in n or "at::_ops::" in n or "at::native::" in n or "AccumulateGrad" in n:
            n = n.split("(")[0].replace("torch::autograd::generated::", "").replace("torch::autograd::", ""); 
            if not cpp or cpp[-1] != n: cpp.append(n)
    return " < ".join(cpp[:4]) + " | " + " < ".join(py[:5])
def child(c, out, q):
    marks = []; orig = torch.cuda.reset_peak_memory_stats
    def reset(*a): marks.append(time.time_ns() // 1000); return orig(*a)
    torch.cuda.reset_peak_memory_stats = reset
    torch.cuda.memory._record_memory_history(context="alloc", stacks=c.pop("stacks", "all"), max_entries=2000000)
    class Q:
        def put(self, res):
            torch.cuda.synchronize(); s = torch.cuda.memory._snapshot(); tr = s["device_traces"][0]
            ids, n, mi, start = {}, 0, 0, None
            with gzip.open(os.path.join(out, c["id"] + ".trace.gz"), "wt") as f:
                f.write("# " + json.dumps({k: v for k, v in res.items() if k not in ("census",)}) + "\n")
                for e in tr:
                    while mi < len(marks) and e["time_us"] >= marks[mi]: f.write("== mark %d\n" % mi); mi += 1
                    a = e["action"]
                    if a == "alloc":
                        ids[e["addr"]] = n; f.write("+ %d #%d @%x %s\n" % (e["size"], n, e["addr"], where(e.get("frames", [])))); n += 1
                    elif a == "free_requested": f.write("- %d #%s\n" % (e["size"], ids.pop(e["addr"], "?")))
                    elif a in ("segment_alloc", "segment_free", "segment_map", "segment_unmap"): f.write("S%s %d @%x\n" % ("+" if "alloc" in a or a.endswith("_map") else "-", e["size"], e["addr"]))
            q.put({k: v for k, v in res.items() if k != "census"})
        def close(self): q.close()
        def join_thread(self): q.join_thread()
    measure.run(c, False, Q())
if __name__ == "__main__":
    jobs, out = json.load(open(sys.argv[1])), sys.argv[2]
    if "--models" in sys.argv:
        ns = {}; exec(open(sys.argv[sys.argv.index("--models") + 1]).read(), ns); models.MODELS.update(ns["MODELS"])
    ctx = mp.get_context("fork"); run = []
    def reap(limit):
        while len(run) > limit:
            for r in list(run):
                p, q, c, t = r
                try: got = q.get(timeout=0.1)
                except Exception: got = None
                if got is None and p.is_alive() and time.time() - t < 100: continue
                p.join(3); p.kill(); run.remove(r); print(c["id"], (got or {}).get("error", "ok" if got else "died"), (got or {}).get("trace", "") if got and got.get("error") else "", flush=True)
    for c in jobs:
        reap(5); q = ctx.Queue(); p = ctx.Process(target=child, args=(dict(c), out, q)); p.start(); run.append((p, q, c, time.time()))
    reap(0)
