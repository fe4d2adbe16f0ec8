Feature: Journeys that the tests share

  @journey
  Scenario: Sign in
    Given the member registers with POST "/members" with JSON:
      """
      {
        "email": "{{ user.email }}",
        "password": "{{ user.password }}",
        "fullName": "{{ user.full_name }}",
        "memberId": "{{ user.member_id }}",
        "birthDate": "{{ user.birth_date }}",
        "phone": "{{ user.phone }}",
        "address": "{{ user.address }}",
        "insuranceNumber": "{{ user.insurance_number }}"
      }
      """
    And the member signs in with POST "/session" with JSON:
      """
      {"email": "{{ user.email }}", "password": "{{ user.password }}"}
      """

  @journey
  Scenario: Book
    When the member sends GET "/slots?limit=1"
    And the member keeps JSON "$[0].slotId" as "slot"
    And the member sends POST "/appointments" with JSON:
      """
      {"slotId": "{{ user.kept.slot }}", "reason": "check-up"}
      """
    Then the response status is 201
    And the member keeps JSON "$.appointmentId" as "appointment"
