package dev.headroom.simulator.calibration;

import dev.headroom.model.platform.ProcessOverhead;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Comparator;
import java.util.List;
import java.util.Random;

/**
 * The records of one platform, those to fit and those held out: a quarter, drawn by a fixed seed from the records in the
 * order of their names. So the same records give the same fit, in whichever order they are read.
 *
 * @param platform what they have in common
 * @param fitted records that constants are fitted to
 * @param heldOut records on which the fit is tried
 */
record Sample(Platform platform, List<Observation> fitted, List<Observation> heldOut) {
    /** Held out is one of so many. */
    static final int ONE_OF = 4;

    private static final long SEED = 2026;

    static Sample of(Platform platform, List<Observation> observations) {
        List<Observation> drawn = new ArrayList<>(observations);
        drawn.sort(Comparator.comparing((Observation one) -> one.run().id())
                .thenComparing(Observation::process)
                .thenComparing(Observation::held));
        Collections.shuffle(drawn, new Random(SEED));
        int held = drawn.size() / ONE_OF;
        return new Sample(
                platform, List.copyOf(drawn.subList(held, drawn.size())), List.copyOf(drawn.subList(0, held)));
    }

    List<Observation> all() {
        List<Observation> all = new ArrayList<>(fitted);
        all.addAll(heldOut);
        return all;
    }

    /**
     * The driver's pages: the largest size, up to the largest pages there are, that divides every difference between two
     * figures of processes.
     */
    long page() {
        long first = fitted.get(0).process();
        long page = ProcessOverhead.LARGEST_PAGE.count();
        for (Observation one : fitted) {
            page = divisor(page, Math.abs(one.process() - first));
            page = divisor(page, Math.abs(one.context().orElse(first) - first));
        }
        return page;
    }

    private static long divisor(long a, long b) {
        return b == 0 ? a : divisor(b, a % b);
    }
}
