package dev.headroom.model;

import dev.headroom.model.explain.MemoryNode;
import dev.headroom.model.job.ResolvedJob;
import dev.headroom.model.platform.KernelModule;
import dev.headroom.model.program.Category;
import dev.headroom.model.program.Figure;
import dev.headroom.model.program.Phase;
import dev.headroom.model.quantity.Bytes;
import dev.headroom.model.quantity.Polynomial;
import java.util.EnumSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/**
 * How much memory a job takes, where it goes, and why.
 *
 * @param job what was estimated
 * @param peakAllocated bytes of live tensors at the peak, as {@code torch.cuda.max_memory_allocated} counts them
 * @param peakReserved bytes the caching allocator held at most, as {@code torch.cuda.max_memory_reserved} counts them
 * @param process what the driver shows for the process: reserved, context and loaded modules
 * @param peak when the allocated peak occurs
 * @param breakdown the bytes of {@code process} by {@link Category}: the live ones at the instant of the allocated peak
 * @param afterLoad figures before the first step
 * @param steps figures of each simulated training step, in order; step 1 starts without optimizer state
 * @param parameters parameter counts
 * @param verdict whether it fits, if a card was named
 * @param warnings assumptions made
 * @param deviceCounterPeak what ND4J's counter of device memory shows at most; only under SameDiff
 * @param allocatedRange what the allocated peak lies between, where it depends on data: on how many tokens go to which expert
 */
public record MemoryEstimate(
        ResolvedJob job,
        Bytes peakAllocated,
        Bytes peakReserved,
        Bytes process,
        Peak peak,
        MemoryNode.Group breakdown,
        AfterLoad afterLoad,
        List<Map<Figure, Bytes>> steps,
        Parameters parameters,
        Optional<Verdict> verdict,
        List<String> warnings,
        Optional<Bytes> deviceCounterPeak,
        Optional<Range> allocatedRange) {

    public MemoryEstimate {
        steps = List.copyOf(steps);
        warnings = List.copyOf(warnings);
    }

    /** The answers without what explains them. */
    public MemoryAnswers answers() {
        return new MemoryAnswers(peakAllocated, peakReserved, process, verdict);
    }

    /** The kernels that the job loads, of those that not every job does. */
    public Set<KernelModule> kernels() {
        Set<KernelModule> kernels = EnumSet.noneOf(KernelModule.class);
        for (MemoryNode category : breakdown.children()) {
            if (category.id().equals(Category.PROCESS_OVERHEAD.id())) {
                for (KernelModule kernel : KernelModule.values()) {
                    if (category.children().stream().anyMatch(row -> row.id().equals(kernel.id()))) {
                        kernels.add(kernel);
                    }
                }
            }
        }
        return kernels;
    }

    /** An estimate under PyTorch, which has no counter but that of its allocator. */
    public MemoryEstimate(
            ResolvedJob job,
            Bytes peakAllocated,
            Bytes peakReserved,
            Bytes process,
            Peak peak,
            MemoryNode.Group breakdown,
            AfterLoad afterLoad,
            List<Map<Figure, Bytes>> steps,
            Parameters parameters,
            Optional<Verdict> verdict,
            List<String> warnings) {
        this(
                job,
                peakAllocated,
                peakReserved,
                process,
                peak,
                breakdown,
                afterLoad,
                steps,
                parameters,
                verdict,
                warnings,
                Optional.empty(),
                Optional.empty());
    }

    /** The least and the most of something. */
    public record Range(Bytes least, Bytes most) {}

    /**
     * The instant of the allocated peak.
     *
     * @param step 1-based training step
     * @param phase phase of that step
     * @param module module that was running, such as {@code model.layers.3.mlp.down_proj}
     * @param operation operation that allocated, such as {@code MmBackward0}
     * @param formula requested bytes alive at that instant, in b and s
     */
    public record Peak(int step, Phase phase, String module, String operation, Polynomial formula) {}

    /** Allocated and reserved bytes once model and adapter are loaded, and segments held after the last step. */
    public record AfterLoad(Bytes allocated, Bytes reserved, int segmentsAtEnd) {}

    /** Parameter counts: of the base model, with adapters, and of those that train. */
    public record Parameters(long base, long total, long trainable) {}

    /**
     * Whether the job fits a card.
     *
     * @param fits whether it runs
     * @param gpu catalog id of the card
     * @param capacity the card's memory as the driver reports it
     * @param reserve bytes to be left free
     * @param headroomBytes capacity − reserve − process; negative by as much as is missing
     * @param afterGivingBackCache whether it fits only because the allocator gives cached blocks back and tries again
     */
    public record Verdict(
            boolean fits,
            String gpu,
            Bytes capacity,
            Bytes reserve,
            long headroomBytes,
            boolean afterGivingBackCache) {}

    /** Bytes of one category at the peak; zero if it has none. */
    public Bytes bytesOf(Category category) {
        return breakdown.children().stream()
                .filter(node -> node.id().equals(category.id()))
                .map(MemoryNode::bytes)
                .findFirst()
                .orElse(Bytes.ZERO);
    }
}
