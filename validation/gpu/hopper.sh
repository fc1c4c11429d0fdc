#!/usr/bin/env bash
# The same as campaign.sh on Hopper. ND4J 1.0.0-M1.1 has code for compute capability 3.7 to 8.6 only; this takes a bundle
# in which libnd4jcuda has been assembled for 9.0 from its own PTX, with a Java runtime and libraries.
#
#   hopper.sh BUNDLE OUT.jsonl [ID-PATTERN]
#
#   BUNDLE      directory with c1-jre.tar.xz, c2-cuda.tar.xz and run.sh, which unpacks them
#   HEADROOM    directory of headroom.jar and headroom-validation.jar; this checkout's builds unless set
set -u
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
root=$(cd "$here/../.." && pwd)
bundle=$(cd "$1" && pwd)
jars=${HEADROOM:-}
trainer=${jars:+$jars/headroom-validation.jar}
cli=${jars:+$jars/headroom.jar}
trainer=${trainer:-$root/validation/target/headroom-validation.jar}
cli=${cli:-$root/simulator/target/headroom.jar}
out=$2
pattern=${3:-*}

# run.sh without stages only unpacks, and sets $J: java with its options and class path, which is its last word.
unset OUT
set +u # run.sh reads variables that need not be set
pushd "$bundle" > /dev/null || exit 1
set --
# shellcheck disable=SC1091
BASH_ARGV0=$bundle/run.sh
source ./run.sh
popd > /dev/null || exit 1
set -u
export MEASURE="${J% *} $trainer:$cli:${J##* } dev.headroom.simulator.cli.Main measure"
exec bash "$here/campaign.sh" "$out" "$pattern"
