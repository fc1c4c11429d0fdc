package dev.headroom.simulator.web;

import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.function.ToLongFunction;

/** Keeps what was used last, up to a total weight. Safe for use by several threads. */
final class BoundedCache<K, V> {
    private final long capacity;
    private final ToLongFunction<Map.Entry<K, V>> weight;
    private final Map<K, V> entries = new LinkedHashMap<>(64, 0.75f, true);
    private long total;

    /**
     * @param capacity the most that all entries may weigh together
     * @param weight what an entry weighs
     */
    BoundedCache(long capacity, ToLongFunction<Map.Entry<K, V>> weight) {
        this.capacity = capacity;
        this.weight = weight;
    }

    synchronized Optional<V> get(K key) {
        return Optional.ofNullable(entries.get(key));
    }

    synchronized void put(K key, V value) {
        V old = entries.put(key, value);
        total += weight.applyAsLong(Map.entry(key, value));
        if (old != null) {
            total -= weight.applyAsLong(Map.entry(key, old));
        }
        Iterator<Map.Entry<K, V>> oldest = entries.entrySet().iterator();
        while (total > capacity && oldest.hasNext()) {
            total -= weight.applyAsLong(oldest.next());
            oldest.remove();
        }
    }

    synchronized int size() {
        return entries.size();
    }
}
