package dev.headroom.model.job;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.stream.LongStream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

final class RoutingTest {
    @ParameterizedTest
    @CsvSource({
        "EVEN, 16384, 2, 8", "EVEN, 10, 2, 8", "EVEN, 7, 1, 4",
        "FALLING, 16384, 2, 8", "FALLING, 10, 2, 8", "FALLING, 7, 1, 4",
        "LAST, 16384, 2, 8", "LAST, 10, 2, 8", "LAST, 7, 1, 4"
    })
    void rows_ofAllExperts_areEachTokenAsOftenAsItIsSent(Routing routing, long tokens, long perToken, long experts) {
        long[] rows = rows(routing, tokens, perToken, experts);

        assertThat(LongStream.of(rows).sum()).isEqualTo(tokens * perToken);
        assertThat(LongStream.of(rows).boxed())
                .allSatisfy(count -> assertThat(count).isBetween(0L, tokens));
    }

    @ParameterizedTest
    @CsvSource({"16384, 2, 8", "4096, 1, 8"})
    void rows_ofTheLastExpert_growFromFallingOverEvenToLast(long tokens, long perToken, long experts) {
        assertThat(last(Routing.FALLING, tokens, perToken, experts))
                .isLessThan(last(Routing.EVEN, tokens, perToken, experts));
        assertThat(last(Routing.EVEN, tokens, perToken, experts))
                .isLessThan(last(Routing.LAST, tokens, perToken, experts));
        assertThat(last(Routing.LAST, tokens, perToken, experts)).isEqualTo(tokens);
    }

    private static long last(Routing routing, long tokens, long perToken, long experts) {
        return routing.rows(experts - 1, tokens, perToken, experts);
    }

    private static long[] rows(Routing routing, long tokens, long perToken, long experts) {
        return LongStream.range(0, experts)
                .map(expert -> routing.rows(expert, tokens, perToken, experts))
                .toArray();
    }
}
