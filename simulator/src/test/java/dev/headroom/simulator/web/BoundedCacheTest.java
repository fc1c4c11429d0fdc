package dev.headroom.simulator.web;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

/** The cache forgets what was used longest ago. */
final class BoundedCacheTest {
    private final BoundedCache<String, String> cache =
            new BoundedCache<>(6, entry -> entry.getValue().length());

    @Test
    void put_beyondTheCapacity_forgetsWhatWasUsedLongestAgo() {
        cache.put("a", "xx");
        cache.put("b", "xx");
        cache.put("c", "xx");
        assertThat(cache.get("a")).contains("xx");
        cache.put("d", "xx");

        assertThat(cache.get("b")).isEmpty();
        assertThat(cache.get("a")).contains("xx");
        assertThat(cache.size()).isEqualTo(3);
    }

    @Test
    void put_theSameKeyAgain_weighsOnce() {
        for (int i = 0; i < 10; i++) {
            cache.put("a", "xxxx");
        }
        cache.put("b", "xx");

        assertThat(cache.size()).isEqualTo(2);
    }

    @Test
    void put_heavierThanTheCapacity_isNotKept() {
        cache.put("a", "xxxxxxx");

        assertThat(cache.size()).isZero();
    }
}
