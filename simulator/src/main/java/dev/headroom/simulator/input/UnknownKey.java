package dev.headroom.simulator.input;

import java.util.Collection;
import java.util.List;

/** What to say about a key that nothing reads. */
public final class UnknownKey {
    private UnknownKey() {}

    /** {@code Maybe 'rank'? Known keys: dropout, rank, targets.} */
    public static String hint(String key, Collection<String> known) {
        String near = NearestWord.hint(key, known);
        List<String> sorted = known.stream().sorted().toList();
        return (near.isEmpty() ? "" : near + " ") + "Known keys: " + String.join(", ", sorted) + ".";
    }
}
