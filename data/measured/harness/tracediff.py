#!/usr/bin/env python3
"""tracediff.py A.trace.gz B.program [--load]: aligns the +/- size sequences of both (training part unless --load) and prints the first differences with context."""
import sys, gzip, difflib
A=[l.rstrip("\n") for l in gzip.open(sys.argv[1],"rt")][1:]; B=[l.rstrip("\n") for l in open(sys.argv[2])]
load="--load" in sys.argv
def cut(L,start):
    i=next((k for k,l in enumerate(L) if l.startswith(start)),len(L)); return L[:i] if load else L[i:]
A=[l for l in cut(A,"== mark") if l[0] in "+-"]; B=[l for l in cut(B,"== step 1") if l[0] in "+-" or l.startswith("==")]
phase={};C=[];p=""
for l in B:
    if l.startswith("=="): p=l
    else: phase[len(C)]=p; C.append(l)
B=C
def norm(L):
    out=[];run=[]
    for l in L:
        if l[0]=="-": run.append(l)
        else: out+=sorted(run,key=lambda x:int(x.split()[1])); run=[]; out.append(l)
    return out+sorted(run,key=lambda x:int(x.split()[1]))
A=norm(A if load else A[3:]); B=norm(B)  # the order among consecutive frees does not matter; ids, mask, labels precede the first mark here
ka=[" ".join(l.split()[:2]) for l in A]; kb=[" ".join(l.split()[:2]) for l in B]
n=0; i=j=0; shown=0
while i<len(ka) and j<len(kb):
    if ka[i]==kb[j]: i+=1;j+=1;continue
    W=400; sm=difflib.SequenceMatcher(None,ka[i:i+W],kb[j:j+W],autojunk=False); bl=next((b for b in sm.get_matching_blocks() if b.size>=3 or b.size==0))
    shown+=1
    print("\n##### difference %d at real %d, predicted %d (%s)"%(shown,i,j,phase.get(j)))
    for k in range(max(0,i-4),i): print("   = ",A[k][:230])
    for k in range(i,min(i+max(bl.a,1 if bl.size==0 else bl.a),i+25)): print("real ",A[k][:260])
    for k in range(j,min(j+max(bl.b,1 if bl.size==0 else bl.b),j+25)): print("pred ",B[k][:200])
    if bl.size==0 or shown>=int(next((x[4:] for x in sys.argv if x.startswith("--n=")),"6")): print("(stopped; lengths %d %d)"%(len(ka),len(kb))); sys.exit(1)
    i+=bl.a; j+=bl.b
print("done: %d real, %d predicted events, %d differences"%(len(ka),len(kb),shown))
