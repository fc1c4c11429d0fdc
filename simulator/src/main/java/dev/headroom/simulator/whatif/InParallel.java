package dev.headroom.simulator.whatif;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Function;
import java.util.stream.IntStream;

/** Work on every core, each of which takes the next piece when it is done with one: variants of a job take differently long. */
final class InParallel {
    private InParallel() {}

    private record Done<R>(int index, R result) {}

    /** The results for all items, in their order; the first to fail fails all. */
    static <T, R> List<R> map(List<T> items, Function<T, R> work) {
        AtomicInteger next = new AtomicInteger();
        return IntStream.range(0, Runtime.getRuntime().availableProcessors())
                .parallel()
                .mapToObj(core -> {
                    List<Done<R>> done = new ArrayList<>();
                    for (int i = next.getAndIncrement(); i < items.size(); i = next.getAndIncrement()) {
                        done.add(new Done<>(i, work.apply(items.get(i))));
                    }
                    return done;
                })
                .flatMap(List::stream)
                .sorted(Comparator.comparingInt(Done::index))
                .map(Done::result)
                .toList();
    }
}
