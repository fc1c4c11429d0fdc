package dev.headroom.simulator.measured;

import de.siegmar.fastcsv.reader.CsvParseException;
import de.siegmar.fastcsv.reader.CsvReader;
import de.siegmar.fastcsv.reader.NamedCsvRecord;
import dev.headroom.simulator.input.InputException;
import dev.headroom.simulator.input.InputText;
import dev.headroom.simulator.input.Place;
import dev.headroom.simulator.input.Problems;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;

/**
 * Reads runs that others published ({@code data/measured/third-party}). What a row states is mapped to a job by
 * {@link PublishedJob}.
 */
final class PublishedRuns {
    private static final Map<Answer, String> ANSWER_COLUMNS =
            Map.of(Answer.ALLOCATED, "max_memory_allocated_bytes", Answer.RESERVED, "max_memory_reserved_bytes");

    private PublishedRuns() {}

    static List<MeasuredRun> read(InputText file) {
        List<MeasuredRun> runs = new ArrayList<>();
        try (CsvReader<NamedCsvRecord> reader = CsvReader.builder().ofNamedCsvRecord(file.text())) {
            for (NamedCsvRecord record : reader) {
                Place place = new Place(file.name(), (int) record.getStartingLineNumber(), 1);
                checkColumns(record, file);
                runs.add(run(record, place));
            }
        } catch (CsvParseException e) {
            throw new InputException(Place.of(file.name()), "no valid CSV: " + e.getMessage());
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return runs;
    }

    private static void checkColumns(NamedCsvRecord record, InputText file) {
        List<String> missing = new ArrayList<>(PublishedJob.COLUMNS);
        missing.add("id");
        missing.addAll(ANSWER_COLUMNS.values());
        missing.removeAll(record.getHeader());
        if (!missing.isEmpty()) {
            throw new InputException(
                    new Place(file.name(), 1, 1),
                    "columns are missing: "
                            + String.join(", ", missing.stream().sorted().toList()));
        }
    }

    private static MeasuredRun run(NamedCsvRecord record, Place place) {
        Problems problems = new Problems();
        Map<Answer, Long> answers = new EnumMap<>(Answer.class);
        ANSWER_COLUMNS.forEach((answer, column) -> {
            String bytes = record.getField(column);
            if (bytes.matches("\\d{1,18}")) {
                answers.put(answer, Long.valueOf(bytes));
            } else if (!bytes.isBlank()) {
                problems.invalid(place, "%s must be a whole number of bytes, found '%s'".formatted(column, bytes));
            }
        });
        PublishedJob job = new PublishedJob(record, place);
        job.missingRules().forEach(rule -> problems.unsupported(place, rule));
        return new MeasuredRun(
                record.getField("id"),
                place,
                job.keys(),
                Optional.of(job.stack()),
                job.card(),
                MeasuredRun.Driver.UNKNOWN,
                new RunFigures(answers, Optional.empty(), Optional.empty(), List.of()),
                OptionalLong.empty(),
                List.of(),
                job.assumptions(),
                problems.found());
    }
}
