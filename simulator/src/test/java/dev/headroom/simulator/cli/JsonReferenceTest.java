package dev.headroom.simulator.cli;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import dev.headroom.simulator.Golden;
import java.io.IOException;
import java.nio.file.Files;
import java.util.Arrays;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** {@code docs/reference/json.md} names the keys that the commands print: all of them, and no others. */
final class JsonReferenceTest {
    /** Named once for all commands, at the top of the page. */
    private static final Set<String> COMMON = Set.of("schemaVersion", "job", "stack", "warnings");

    /** Described elsewhere: their own keys are not looked at. */
    private static final Set<String> ELSEWHERE = Set.of("job", "stack");

    private static final Pattern WORD = Pattern.compile("`([a-zA-Z0-9]+)`");

    /** Words of values, not keys. */
    private static final Set<String> VALUES = Set.of("estimate", "null");

    @ParameterizedTest(name = "{0}")
    @CsvSource(
            delimiter = '|',
            value = {
                "estimate | estimate --model qwen2.5-0.5b --seq 128 --gpu h200",
                "explain | explain --model qwen2.5-0.5b --seq 128",
                "explain --segments | explain --segments --model qwen2.5-0.5b --seq 128",
                "compare | compare --model qwen2.5-0.5b --seqs 128,256 --gpu h200",
                "reconcile | reconcile data/measured/pytorch-h100-random.jsonl",
                "calibrate | calibrate data/measured/pytorch-h100-random.jsonl data/measured/pytorch-h100-allocator.jsonl",
            })
    void keys_everyCommand_areThoseOfThePage(String command, String line) throws IOException {
        String[] words = Arrays.stream((line + " --format json").split(" "))
                .map(word ->
                        word.startsWith("data/") ? Golden.home().resolve(word).toString() : word)
                .toArray(String[]::new);

        Set<String> printed = keys(CliRun.of(words).out());
        Set<String> documented = documented(command);

        printed.removeAll(COMMON);
        assertThat(documented).containsAll(printed);
        documented.removeAll(printed);
        assertThat(documented)
                .as("documented, not printed")
                .isSubsetOf(Set.of("unsupported", "invalid", "carriedOverFrom", "peakAllocatedRange"));
    }

    private static Set<String> documented(String command) throws IOException {
        String page = Files.readString(Golden.home().resolve("docs/reference/json.md"));
        int start = page.indexOf("\n## " + command + "\n");
        int end = page.indexOf("\n## ", start + 1);
        assertThat(start).as("section of " + command).isNotNegative();
        Set<String> keys = new TreeSet<>();
        Matcher words = WORD.matcher(end < 0 ? page.substring(start) : page.substring(start, end));
        while (words.find()) {
            keys.add(words.group(1));
        }
        keys.removeAll(VALUES);
        if (!command.equals("reconcile")) {
            keys.remove("ok"); // A value of 'status' there, a key of the summary here.
        }
        return keys;
    }

    private static Set<String> keys(String json) throws IOException {
        Set<String> keys = new TreeSet<>();
        try (JsonParser parser = new JsonFactory().createParser(json)) {
            for (JsonToken token = parser.nextToken(); token != null; token = parser.nextToken()) {
                if (token == JsonToken.FIELD_NAME) {
                    keys.add(parser.currentName());
                    if (ELSEWHERE.contains(parser.currentName())) {
                        parser.nextToken();
                        parser.skipChildren();
                    }
                }
            }
        }
        return keys;
    }
}
