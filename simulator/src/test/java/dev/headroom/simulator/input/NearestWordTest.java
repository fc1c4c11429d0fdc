package dev.headroom.simulator.input;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** The guess is the word that was most likely meant, or none at all. */
final class NearestWordTest {
    private static final List<String> WORDS =
            List.of("a10", "a100-40gb", "a100-80gb", "h200", "rank", "targets", "dropout", "llama-3.1-8b");

    @ParameterizedTest(name = "{0} means {1}")
    @CsvSource({
        "rnak, rank",
        "Rank, rank",
        "target, targets",
        "dropuot, dropout",
        "a100, a100-40gb",
        "a100-80g, a100-80gb",
        "h20, h200",
        "3.1-8b, llama-3.1-8b",
        "lama, llama-3.1-8b",
    })
    void of_misspeltWord_isTheOneMeant(String word, String meant) {
        assertThat(NearestWord.of(word, WORDS)).contains(meant);
    }

    @ParameterizedTest(name = "{0} means nothing")
    @CsvSource({"''", "zzzzzz", "x"})
    void of_otherWord_isNone(String word) {
        assertThat(NearestWord.of(word, WORDS)).isEmpty();
    }

    @Test
    void of_hugeWord_isNoneAtOnce() {
        assertThat(NearestWord.of("x".repeat(1_000_000), WORDS)).isEmpty();
    }
}
