package openai

import (
	"context"

	openaisdk "github.com/openai/openai-go/v3"
	"github.com/openai/openai-go/v3/option"
)

// The SDK has types of its own for every endpoint; these say the same thing to
// each. Its answers are not used (see package doc).

func askDecisions(ctx context.Context, s *openaisdk.AdminOrganizationUsageService, q question, opts ...option.RequestOption) error {
	_, err := s.Decisions(ctx, openaisdk.AdminOrganizationUsageDecisionsParams{StartTime: q.since.Unix(), EndTime: q.end(), Limit: q.most(), Page: q.from(),
		GroupBy: q.groupBy, BucketWidth: openaisdk.AdminOrganizationUsageDecisionsParamsBucketWidth(q.width)}, opts...)
	return err
}

func askEmbeddings(ctx context.Context, s *openaisdk.AdminOrganizationUsageService, q question, opts ...option.RequestOption) error {
	_, err := s.Embeddings(ctx, openaisdk.AdminOrganizationUsageEmbeddingsParams{StartTime: q.since.Unix(), EndTime: q.end(), Limit: q.most(), Page: q.from(),
		GroupBy: q.groupBy, BucketWidth: openaisdk.AdminOrganizationUsageEmbeddingsParamsBucketWidth(q.width)}, opts...)
	return err
}

func askModerations(ctx context.Context, s *openaisdk.AdminOrganizationUsageService, q question, opts ...option.RequestOption) error {
	_, err := s.Moderations(ctx, openaisdk.AdminOrganizationUsageModerationsParams{StartTime: q.since.Unix(), EndTime: q.end(), Limit: q.most(), Page: q.from(),
		GroupBy: q.groupBy, BucketWidth: openaisdk.AdminOrganizationUsageModerationsParamsBucketWidth(q.width)}, opts...)
	return err
}

func askImages(ctx context.Context, s *openaisdk.AdminOrganizationUsageService, q question, opts ...option.RequestOption) error {
	_, err := s.Images(ctx, openaisdk.AdminOrganizationUsageImagesParams{StartTime: q.since.Unix(), EndTime: q.end(), Limit: q.most(), Page: q.from(),
		GroupBy: q.groupBy, BucketWidth: openaisdk.AdminOrganizationUsageImagesParamsBucketWidth(q.width)}, opts...)
	return err
}

func askSpeeches(ctx context.Context, s *openaisdk.AdminOrganizationUsageService, q question, opts ...option.RequestOption) error {
	_, err := s.AudioSpeeches(ctx, openaisdk.AdminOrganizationUsageAudioSpeechesParams{StartTime: q.since.Unix(), EndTime: q.end(), Limit: q.most(), Page: q.from(),
		GroupBy: q.groupBy, BucketWidth: openaisdk.AdminOrganizationUsageAudioSpeechesParamsBucketWidth(q.width)}, opts...)
	return err
}

func askTranscriptions(ctx context.Context, s *openaisdk.AdminOrganizationUsageService, q question, opts ...option.RequestOption) error {
	_, err := s.AudioTranscriptions(ctx, openaisdk.AdminOrganizationUsageAudioTranscriptionsParams{StartTime: q.since.Unix(), EndTime: q.end(), Limit: q.most(), Page: q.from(),
		GroupBy: q.groupBy, BucketWidth: openaisdk.AdminOrganizationUsageAudioTranscriptionsParamsBucketWidth(q.width)}, opts...)
	return err
}

func askVectorStores(ctx context.Context, s *openaisdk.AdminOrganizationUsageService, q question, opts ...option.RequestOption) error {
	_, err := s.VectorStores(ctx, openaisdk.AdminOrganizationUsageVectorStoresParams{StartTime: q.since.Unix(), EndTime: q.end(), Limit: q.most(), Page: q.from(),
		GroupBy: q.groupBy, BucketWidth: openaisdk.AdminOrganizationUsageVectorStoresParamsBucketWidth(q.width)}, opts...)
	return err
}

func askSessions(ctx context.Context, s *openaisdk.AdminOrganizationUsageService, q question, opts ...option.RequestOption) error {
	_, err := s.CodeInterpreterSessions(ctx, openaisdk.AdminOrganizationUsageCodeInterpreterSessionsParams{StartTime: q.since.Unix(), EndTime: q.end(), Limit: q.most(), Page: q.from(),
		GroupBy: q.groupBy, BucketWidth: openaisdk.AdminOrganizationUsageCodeInterpreterSessionsParamsBucketWidth(q.width)}, opts...)
	return err
}

func askFileSearches(ctx context.Context, s *openaisdk.AdminOrganizationUsageService, q question, opts ...option.RequestOption) error {
	_, err := s.FileSearchCalls(ctx, openaisdk.AdminOrganizationUsageFileSearchCallsParams{StartTime: q.since.Unix(), EndTime: q.end(), Limit: q.most(), Page: q.from(),
		GroupBy: q.groupBy, BucketWidth: openaisdk.AdminOrganizationUsageFileSearchCallsParamsBucketWidth(q.width)}, opts...)
	return err
}

func askWebSearches(ctx context.Context, s *openaisdk.AdminOrganizationUsageService, q question, opts ...option.RequestOption) error {
	_, err := s.WebSearchCalls(ctx, openaisdk.AdminOrganizationUsageWebSearchCallsParams{StartTime: q.since.Unix(), EndTime: q.end(), Limit: q.most(), Page: q.from(),
		GroupBy: q.groupBy, BucketWidth: openaisdk.AdminOrganizationUsageWebSearchCallsParamsBucketWidth(q.width)}, opts...)
	return err
}

func askCosts(ctx context.Context, s *openaisdk.AdminOrganizationUsageService, q question, opts ...option.RequestOption) error {
	_, err := s.Costs(ctx, openaisdk.AdminOrganizationUsageCostsParams{StartTime: q.since.Unix(), EndTime: q.end(), Limit: q.most(), Page: q.from(),
		GroupBy: q.groupBy, BucketWidth: openaisdk.AdminOrganizationUsageCostsParamsBucketWidth(q.width)}, opts...)
	return err
}

func askCompletions(ctx context.Context, s *openaisdk.AdminOrganizationUsageService, q question, opts ...option.RequestOption) error {
	_, err := s.Completions(ctx, openaisdk.AdminOrganizationUsageCompletionsParams{StartTime: q.since.Unix(), EndTime: q.end(), Limit: q.most(), Page: q.from(),
		GroupBy: q.groupBy, BucketWidth: openaisdk.AdminOrganizationUsageCompletionsParamsBucketWidth(q.width)}, opts...)
	return err
}
