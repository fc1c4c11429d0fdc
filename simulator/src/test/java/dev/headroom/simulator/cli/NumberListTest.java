package dev.headroom.simulator.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Lists and ranges are inclusive and keep their order. What is refused is in {@link BadInputTest}. */
final class NumberListTest {
    @ParameterizedTest(name = "{0} is {1}")
    @CsvSource(
            delimiter = '|',
            value = {
                "512 | 512",
                "1024,512 | 1024 512",
                "1..4 | 1 2 3 4",
                "512..2048..512 | 512 1024 1536 2048",
                "1..10..4 | 1 5 9",
                "8, 1..3 ,2 | 8 1 2 3",
                "5..5 | 5",
                "2147483646..2147483647 | 2147483646 2147483647",
            })
    void parse_listOrRange_givesEveryNumberOnce(String text, String numbers) {
        List<Integer> expected =
                Arrays.stream(numbers.split(" ")).map(Integer::valueOf).toList();

        assertThat(NumberList.parse("--seqs", text)).isEqualTo(expected);
    }
}
